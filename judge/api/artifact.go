package api

// ArtifactKind says what an artifact is. A submission asks for kinds in Keep.
type ArtifactKind string

// The kinds.
const (
	// ArtifactOutput is what the program wrote in one run: "output" is its standard output, "stderr" the other stream.
	// Later passes of a multi-pass problem have "output.2" and so on.
	ArtifactOutput ArtifactKind = "output"
	// ArtifactCompileLog is what the compiler said, beyond what the report has of it.
	ArtifactCompileLog ArtifactKind = "compile_log"
	// ArtifactTranscript is what was said in an interactive run, beyond what the report has of it.
	ArtifactTranscript ArtifactKind = "transcript"
	// ArtifactFeedback is a file that the validator or the output visualizer left for people, such as judgeimage.png.
	ArtifactFeedback ArtifactKind = "feedback"
)

// ArtifactKinds lists every kind.
func ArtifactKinds() []ArtifactKind {
	return []ArtifactKind{ArtifactOutput, ArtifactCompileLog, ArtifactTranscript, ArtifactFeedback}
}

// Artifact is a file beside a report: it lies in the object store FilesBucket(ID) for a week, in full.
type Artifact struct {
	Kind ArtifactKind `json:"kind"`
	Name string       `json:"name"` // within its test case or run; valid UTF-8
	// Object is its name in the object store; "" where it is not there, and Error says why.
	Object string `json:"object,omitempty"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // of the object, in hexadecimal digits
	// Truncated says that the file was cut: by the output limit, or by the judge's bounds for what programs leave.
	Truncated bool   `json:"truncated,omitempty"`
	Error     string `json:"error,omitempty"`
	// Data is the file where it stays in this process, and never goes into a message.
	Data []byte `json:"-"`
}
