package api

import "time"

// Submission is what a platform asks to be judged: the message on judge.submissions.<pool>.<lane>.
// Schema: configs/schemas/submission.json.
type Submission struct {
	Version int    `json:"version"` // of this message; 1
	ID      string `json:"id"`      // 1 to 128 of [A-Za-z0-9_-]; a token of NATS subjects
	Attempt int    `json:"attempt"` // 1, 2, ...; a rejudge is a new attempt
	Problem string `json:"problem"` // name of a problem package that the worker can find
	// ProblemDigest asks for one version of the package, whatever is newest: see ProblemVersion.Digest. Empty means the
	// newest one that was pushed before the submission was published.
	ProblemDigest string `json:"problem_digest,omitempty"`
	// Language is an ID of the language table, such as "cpp17". Empty means: decide by the file names.
	Language string `json:"language,omitempty"`
	// EntryPoint names the file or class to start where the language cannot know; "" means its default.
	EntryPoint string       `json:"entry_point,omitempty"`
	Files      []SourceFile `json:"files"`
	// TimeLimitUsec overrides the package's time limit; 0 means the package's. Microseconds of CPU time.
	TimeLimitUsec int64 `json:"time_limit_us,omitempty"`
	// Keep asks for files beside the report, by kind. They are kept for a week, 64 MiB of them at most; see Artifact.
	Keep []ArtifactKind `json:"keep,omitempty"`
	// AllTests asks for every test to be run, also after the verdict is certain.
	AllTests bool `json:"all_tests,omitempty"`

	// Published is when the queue stored the message. Set by the worker's side.
	Published time.Time `json:"-"`
}

// SourceFile is one file of a submission.
type SourceFile struct {
	// Name is a relative path with "/"; no element of it starts with "-" or ".". At most 1024 bytes.
	Name string `json:"name"`
	// Content is the file, base64 in JSON. Text is the same for people who type messages by hand. Object says where it
	// lies when it is too large for the message. At most one of the three is set; none is an empty file.
	Content []byte      `json:"content,omitempty"`
	Text    string      `json:"text,omitempty"`
	Object  *FileObject `json:"object,omitempty"`
}

// FileObject is a file in the object store FilesBucket of the submission, which keeps it for some days.
type FileObject struct {
	Name   string `json:"name"` // of the object; 1 to 512 bytes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
}

// Bytes is the content of the file, however it was sent; nothing while it lies in an object store.
func (f SourceFile) Bytes() []byte { return firstNonEmpty(f.Text, f.Content) }
