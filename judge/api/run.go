package api

import (
	"cmp"
	"time"

	"github.com/gaveloj/gavel/judge/verdict"
)

// RunRequest asks a worker to compile files once and to run the program on inputs, with no expected output: the
// request on judge.run.<pool>; see RunSubject. Schema: configs/schemas/run-request.json.
type RunRequest struct {
	Version int `json:"version"` // of this message; 1
	// ID comes back in the result, and has the form of a submission's: its namespace says where outputs are kept.
	ID         string       `json:"id,omitempty"`
	Language   string       `json:"language,omitempty"` // see Submission
	EntryPoint string       `json:"entry_point,omitempty"`
	Files      []SourceFile `json:"files"`
	Inputs     []RunInput   `json:"inputs"`         // 1 to 100
	Args       []string     `json:"args,omitempty"` // of the program, in every run
	// Env are environment variables of the program, beside those of its language, which they replace.
	Env    map[string]string `json:"env,omitempty"`
	Limits RunLimits         `json:"limits,omitzero"`
	// Compare says how outputs are compared with what is expected of them: a comparer of package judge/checker with its
	// arguments, such as "floats absolute=1e-6"; DefaultCompare where it is "".
	Compare string `json:"compare,omitempty"`
	// Collect are files in the program's working directory that come back with each run, at most 10.
	Collect []string `json:"collect,omitempty"`
	// InlineBytes is how much of each output stream comes in the result: 64 KiB where it is 0, at most 1 MiB; -1 is
	// nothing. Less comes where the result would be larger than the server takes.
	InlineBytes int64 `json:"inline_bytes,omitempty"`
	// Keep puts whole outputs into the object store of the ID's namespace for a week; see Client.Artifact.
	Keep bool `json:"keep,omitempty"`
	// WaitUsec is how long a worker without a free slot may keep the request until it has one, in place of answering busy
	// at once; at most an hour. It is answered busy then, and also when as many wait there as may.
	WaitUsec int64 `json:"wait_us,omitempty"`
}

// DefaultCompare is how outputs are compared where a request does not say.
const DefaultCompare = "tokens"

// RunInput is the standard input of one run.
type RunInput struct {
	// Name comes back with the run; by default the number of the input, from 1. At most 128 bytes.
	Name string `json:"name,omitempty"`
	// Content is the input, base64 in JSON; Text the same for people. At most one of the two is set.
	Content []byte `json:"content,omitempty"`
	Text    string `json:"text,omitempty"`
	// Expect is what the program must write to standard output; nil expects nothing. A run that is OK but for that gets WA.
	Expect *RunExpected `json:"expect,omitempty"`
}

// RunExpected is an expected output, in Content or in Text; an empty one where both are empty.
type RunExpected struct {
	Content []byte `json:"content,omitempty"`
	Text    string `json:"text,omitempty"`
}

// Bytes is the output, however it was sent.
func (e RunExpected) Bytes() []byte { return firstNonEmpty(e.Text, e.Content) }

// Bytes is the input, however it was sent.
func (i RunInput) Bytes() []byte { return firstNonEmpty(i.Text, i.Content) }

// RunLimits bound each run. 0 is the default.
type RunLimits struct {
	CPUUsec  int64 `json:"cpu_us,omitempty"`       // CPU time; 10 s; 1 ms to 10 min
	WallUsec int64 `json:"wall_us,omitempty"`      // real time; three times the CPU time and 1 s; 1 ms to 1 h
	Memory   int64 `json:"memory_bytes,omitempty"` // 256 MiB; 1 MiB to 64 GiB
	Output   int64 `json:"output_bytes,omitempty"` // of both streams together; 16 MiB; 1 byte to 64 MiB
}

// What a request may hold at most, and where nothing is said.
const (
	MaxRunInputs     = 100
	MaxRunInputBytes = 20 << 20 // all together, with what is expected
	maxRunName       = 128
	maxRunArgs       = 100
	maxRunArgBytes   = 64 << 10 // all together
	maxRunEnv        = 100
	maxRunEnvBytes   = 64 << 10 // all together
	maxRunCompare    = 256
	maxRunCollect    = 10

	defaultInline = 64 << 10
	maxInline     = 1 << 20
	// MaxRunTime is the most real time that the limits may allow all runs of a request together.
	MaxRunTime = time.Hour
)

// WithDefaults is the request with everything said that was left out.
func (r RunRequest) WithDefaults() RunRequest {
	l := &r.Limits
	l.CPUUsec = cmp.Or(l.CPUUsec, (10 * time.Second).Microseconds())
	l.WallUsec = cmp.Or(l.WallUsec, min(3*l.CPUUsec+time.Second.Microseconds(), time.Hour.Microseconds()))
	l.Memory = cmp.Or(l.Memory, 256<<20)
	l.Output = cmp.Or(l.Output, 16<<20)
	r.InlineBytes = cmp.Or(r.InlineBytes, defaultInline)
	return r
}

// Longest is how long a worker may take for the request, by its limits: compiling, and every run at its wall limit,
// which a busy host puts off up to three times.
func (r RunRequest) Longest() time.Duration {
	const compiling = 5 * time.Minute
	wall := time.Duration(r.WithDefaults().Limits.WallUsec) * time.Microsecond
	return compiling + time.Duration(len(r.Inputs))*(3*wall+time.Second)
}

// RunResult is the reply to a RunRequest. Times are microseconds, sizes bytes. Schema: configs/schemas/run-result.json.
type RunResult struct {
	Version         int    `json:"version"` // of this message; 1
	ID              string `json:"id,omitempty"`
	Worker          string `json:"worker,omitempty"`
	Language        string `json:"language,omitempty"`
	LanguageVersion string `json:"language_version,omitempty"`
	// Status is RunOK when there was a program to run, CE when there was none, and "" with an Error.
	Status  string         `json:"status,omitempty"`
	Reason  verdict.Reason `json:"reason,omitempty"` // of CE
	Compile CompileReport  `json:"compile"`
	Runs    []Run          `json:"runs"` // by input
	// Error says why there is no result.
	Error *RunError `json:"error,omitempty"`
}

// RunOK is the status of a run that ended by itself with exit code 0 and kept every limit.
const RunOK = "OK"

// Run is one run of the program.
type Run struct {
	Name string `json:"name"` // of the input
	// Status is RunOK, or the verdict that a test case would get whatever its output: TLE, MLE, OLE or RTE; and where an output
	// is expected, WA, or PAC where the comparer gives a part of the points.
	Status string         `json:"status"`
	Reason verdict.Reason `json:"reason,omitempty"`
	Flags  []string       `json:"flags,omitempty"` // see TestReport
	Usage
	ExitCode int    `json:"exit_code"`
	Signal   string `json:"signal,omitempty"` // e.g. "SIGSEGV"
	// Message says why the program could not be started, or how its output is not the expected one.
	Message string `json:"message,omitempty"`
	// OutputBytes is what was written to both streams, whether it could be kept or not.
	OutputBytes int64     `json:"output_bytes"`
	Stdout      RunOutput `json:"stdout"`
	Stderr      RunOutput `json:"stderr"`
	// Files are those that the request collects, in its order.
	Files []RunFile `json:"files,omitempty"`
}

// RunFile is a file that a program left.
type RunFile struct {
	Name string `json:"name"` // as the request has it
	// Missing says why there is none: the program left nothing of that name, or what is no regular file.
	Missing string `json:"missing,omitempty"`
	RunOutput
}

// RunOutput is what a program wrote to one stream.
type RunOutput struct {
	// Text is the stream, or the beginning of it, where that is valid UTF-8 without U+0000. Else it is in Content, base64 in JSON.
	Text    string `json:"text,omitempty"`
	Content []byte `json:"content,omitempty"`
	// Bytes is the size of the whole stream, up to the output limit.
	Bytes     int64 `json:"bytes"`
	Truncated bool  `json:"truncated,omitempty"` // there is less than Bytes here
	// Object is the whole stream in the object store, where the request asked for it and something was written.
	Object *Artifact `json:"object,omitempty"`
}

// Inline is what came of the stream in the result itself.
func (o RunOutput) Inline() []byte { return firstNonEmpty(o.Text, o.Content) }

// RunError says why a request was not run.
type RunError struct {
	Class   RunClass `json:"class"`
	Message string   `json:"message"` // what is wrong, and the way out
}

// RunClass says what kind of error it is. It is also the code of the error in the terms of NATS micro.
type RunClass string

// The classes.
const (
	RunRefused     RunClass = "refused"     // no worker can ever do it; nothing will change by trying again
	RunLanguage    RunClass = "language"    // this worker has no such language
	RunBusy        RunClass = "busy"        // every slot of the worker is taken
	RunUnavailable RunClass = "unavailable" // the worker stops, or takes no work
	RunHost        RunClass = "host"        // the worker or its host is at fault
)

func (e *RunError) Error() string { return string(e.Class) + ": " + e.Message }

// Is matches what can never work to ErrRejected.
func (e *RunError) Is(target error) bool {
	return target == ErrRejected && (e.Class == RunRefused || e.Class == RunLanguage)
}

// firstNonEmpty returns the text where there is one, else the content: what was sent in one of two ways.
func firstNonEmpty(text string, content []byte) []byte {
	if text != "" {
		return []byte(text)
	}
	return content
}
