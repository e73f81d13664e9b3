package message

// Event is one step of progress: the message on judge.events.<submission>. Schema: configs/schemas/event.json.
type Event struct {
	Version    int    `json:"version"` // of this message; 1
	Submission string `json:"submission_id"`
	Attempt    int    `json:"attempt"`
	Sequence   int    `json:"sequence"` // 1, 2, ... within the attempt
	Stage      Stage  `json:"stage"`
	Test       int    `json:"test,omitempty"` // with StageTest: how many tests are done
	Tests      int    `json:"tests,omitempty"`
	Verdict    string `json:"verdict,omitempty"` // with StageDone
}

// Stage is a step in the life of a submission.
type Stage string

// The stages, in order.
const (
	StageReceived  Stage = "received"
	StageCompiling Stage = "compiling"
	StageTest      Stage = "test"
	StageDone      Stage = "done"
)
