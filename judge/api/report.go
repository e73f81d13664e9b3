package api

import (
	"github.com/gaveloj/gavel/judge/verdict"
)

// Report is the judgement of one submission: the message on judge.verdicts.<submission>.<attempt>.
// Times are microseconds, sizes bytes. Schema: configs/schemas/verdict.json.
type Report struct {
	Version    int    `json:"version"` // of this message; 1
	Submission string `json:"submission_id"`
	Attempt    int    `json:"attempt"`
	Problem    string `json:"problem"`
	// ProblemDigest tells which version of a package from the store it was; see ProblemVersion.Digest. Empty for
	// packages that lie in a directory.
	ProblemDigest string `json:"problem_digest,omitempty"`
	// ContentSHA256 is the Submission.ContentDigest of what was judged, so that who publishes an ID twice finds out whether
	// the verdict is for the same program. Of a message that could not be decoded it is the SHA-256 of the message. Set by
	// the queue; empty in verdicts of earlier versions.
	ContentSHA256 string `json:"content_sha256,omitempty"`
	Language      string `json:"language"`
	// LanguageVersion is the first line that the compiler or runtime prints of its version.
	LanguageVersion string `json:"language_version,omitempty"`

	Verdict verdict.Code   `json:"verdict"`
	Reason  verdict.Reason `json:"reason,omitempty"`
	// KattisVerdict is Verdict in the words of the package formats, which know AC, WA, TLE and RTE alone; only where it
	// differs.
	KattisVerdict verdict.Code `json:"kattis_verdict,omitempty"`
	Score         *float64     `json:"score,omitempty"` // scoring problems only
	// Error is set with verdict JE, and says in words what went wrong and what to do.
	Error *ErrorReport `json:"error,omitempty"`
	// CancelReason is what the one who canceled gave as the reason; only with verdict CANCELED.
	CancelReason string `json:"cancel_reason,omitempty"`

	// Groups are the test groups of a scoring problem, in judging order.
	Groups []GroupReport `json:"groups,omitempty"`

	CPUUsec    int64 `json:"cpu_us"`            // slowest test
	WallUsec   int64 `json:"wall_us"`           // longest test
	PeakMemory int64 `json:"peak_memory_bytes"` // largest test

	TimeLimitUsec int64         `json:"time_limit_us"`
	MemoryLimit   int64         `json:"memory_limit_bytes"`
	Compile       CompileReport `json:"compile"`
	Tests         []TestReport  `json:"tests"`
	Phases        Phases        `json:"phases"`
	Worker        string        `json:"worker,omitempty"`
	// Artifacts are the files that the submission asked for and that belong to no test case.
	Artifacts []Artifact `json:"artifacts,omitempty"`
	// Omitted says what is not in the report since it would be larger than the server takes (its max_payload): lists of files,
	// transcripts, messages, the end of the compile log, and in the end Tests, in this order. Set by the queue.
	Omitted []string `json:"omitted,omitempty"`
}

// SlowestTest is the test that took the most CPU time, of those that ran.
func (r Report) SlowestTest() (test TestReport, found bool) {
	for _, t := range r.Tests {
		if t.Verdict != verdict.Skipped && (!found || t.CPUUsec > test.CPUUsec) {
			test, found = t, true
		}
	}
	return test, found
}

// MaxScore is the most that a submission can get; nil where there is no such figure.
func (r Report) MaxScore() *float64 {
	for _, name := range []string{"", "secret"} {
		for _, g := range r.Groups {
			if g.Name == name {
				return g.MaxScore
			}
		}
	}
	return nil
}

// ErrorReport explains a judge error.
type ErrorReport struct {
	Class   verdict.Class `json:"class"`
	Message string        `json:"message"`
}

// CompileReport tells about the compilation. All zero where the language has none.
type CompileReport struct {
	Log        string `json:"log,omitempty"` // valid UTF-8, cut at the language table's cap
	Truncated  bool   `json:"log_truncated,omitempty"`
	Cached     bool   `json:"cached,omitempty"` // the artifact came from the store
	CPUUsec    int64  `json:"cpu_us"`
	WallUsec   int64  `json:"wall_us"`
	PeakMemory int64  `json:"peak_memory_bytes"`
}

// TestReport is the judgement of one test case.
type TestReport struct {
	// Name is the path below data/ without extension, e.g. "secret/03-big"; the static validator's part in a group is a
	// test too, and called "secret/small (static)".
	Name    string         `json:"name"`
	Verdict verdict.Code   `json:"verdict"`
	Reason  verdict.Reason `json:"reason,omitempty"`
	// Flags lists every limit that the run hit, also those that did not decide: "cpu", "wall", "memory", "output".
	// "approximate" says that the host had no control group to measure CPU time and memory with.
	Flags       []string `json:"flags,omitempty"`
	CPUUsec     int64    `json:"cpu_us"`
	WallUsec    int64    `json:"wall_us"`
	PeakMemory  int64    `json:"peak_memory_bytes"`
	OutputBytes int64    `json:"output_bytes"`
	ExitCode    int      `json:"exit_code"`
	Signal      string   `json:"signal,omitempty"` // e.g. "SIGSEGV"
	// JudgeMessage is the checker's message for judges, TeamMessage the one for the team; capped, valid UTF-8.
	JudgeMessage string   `json:"judge_message,omitempty"`
	TeamMessage  string   `json:"team_message,omitempty"`
	Score        *float64 `json:"score,omitempty"`
	// Artifacts are the files of this test case that the submission asked for.
	Artifacts []Artifact `json:"artifacts,omitempty"`
	// Checker is what the custom validator, checker or interactor used; nil where none was run.
	Checker *Usage `json:"checker,omitempty"`
	// Passes are the runs of a multi-pass problem, in order; CPUUsec and the like are then those of the largest.
	Passes []PassReport `json:"passes,omitempty"`
	// Transcript is what was said in an interactive run, by whom and when; capped, valid UTF-8.
	Transcript string `json:"transcript,omitempty"`
	// SameAs names an earlier test case that is equal to this one, and whose result this is.
	SameAs string `json:"same_as,omitempty"`
}

// Usage is what one program used.
type Usage struct {
	CPUUsec    int64 `json:"cpu_us"`
	WallUsec   int64 `json:"wall_us"`
	PeakMemory int64 `json:"peak_memory_bytes"`
}

// PassReport is one run of a multi-pass problem.
type PassReport struct {
	Usage
	OutputBytes int64 `json:"output_bytes"`
	ExitCode    int   `json:"exit_code"`
}

// GroupReport is the result of one test group.
type GroupReport struct {
	Name     string       `json:"name"` // path below data/, e.g. "secret/small"; "" for all
	Verdict  verdict.Code `json:"verdict"`
	Score    *float64     `json:"score,omitempty"`
	MaxScore *float64     `json:"max_score,omitempty"` // absent when unbounded
}

// Phases is where the time of a submission went, in microseconds.
type Phases struct {
	QueueWaitUsec int64 `json:"queue_wait_us"`
	FetchUsec     int64 `json:"fetch_us"`
	CompileUsec   int64 `json:"compile_us"`
	RunUsec       int64 `json:"run_us"`
	CheckUsec     int64 `json:"check_us"`
	TotalUsec     int64 `json:"total_us"`
}
