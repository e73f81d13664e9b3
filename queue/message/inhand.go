package message

import "time"

// InHandSubject is where somebody asks what the workers judge. Every worker answers with a Hands. It is for operators and workers:
// in accounts.conf nobody else may publish there, since the answers name submissions of every platform.
const InHandSubject = "judge.inhand"

// Hands are the submissions that a worker judges.
type Hands struct {
	Version int    `json:"version"` // of this message; 1
	Worker  string `json:"worker"`
	Pool    string `json:"pool"`
	// At is when it says so, by the clock of its host, as Since of each.
	At     time.Time `json:"at"`
	InHand []InHand  `json:"in_hand"` // the oldest first
}

// InHand is a submission that a worker judges.
type InHand struct {
	Submission string `json:"submission_id"`
	Attempt    int    `json:"attempt"`
	Try        int    `json:"try"` // 1 where no worker had it before
	Lane       string `json:"lane,omitempty"`
	Problem    string `json:"problem"`
	Language   string `json:"language,omitempty"` // as it was asked for; empty where the file names decide
	// Test of Tests are done; both are left out before the first one.
	Test  int       `json:"test,omitempty"`
	Tests int       `json:"tests,omitempty"`
	Since time.Time `json:"since"` // when the worker took it
}
