package api

// Event is one step of progress: the message on judge.events.<submission>. Schema: configs/schemas/event.json.
type Event struct {
	Version    int    `json:"version"` // of this message; 1
	Submission string `json:"submission_id"`
	Attempt    int    `json:"attempt"`
	Sequence   int    `json:"sequence"` // 1, 2, ... within the attempt; 0 with StageWaiting, which comes before all others
	Stage      Stage  `json:"stage"`
	Test       int    `json:"test,omitempty"` // with StageTest: how many tests are done
	Tests      int    `json:"tests,omitempty"`
	Verdict    string `json:"verdict,omitempty"` // with StageDone
	// Reason is, with StageWaiting, why no worker takes it; with StagePreparing, what is prepared.
	Reason string `json:"reason,omitempty"`
}

// Stage is a step in the life of a submission.
type Stage string

// The stages, in order.
const (
	StageWaiting   Stage = "waiting" // only where there is no worker that could judge it
	StageReceived  Stage = "received"
	StagePreparing Stage = "preparing" // only where a language that it needs is not ready yet
	StageCompiling Stage = "compiling"
	StageTest      Stage = "test"
	StageDone      Stage = "done"
)
