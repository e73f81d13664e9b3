package judge

import "github.com/gaveloj/gavel/message"

// What a judge takes and gives is what goes over the queue: see package message.
type (
	Submission    = message.Submission
	SourceFile    = message.SourceFile
	Report        = message.Report
	ErrorReport   = message.ErrorReport
	CompileReport = message.CompileReport
	TestReport    = message.TestReport
	Phases        = message.Phases
	Usage         = message.Usage
	PassReport    = message.PassReport
	GroupReport   = message.GroupReport
	Event         = message.Event
	Stage         = message.Stage
	Rejection     = message.Rejection
)

// The stages of a submission, and what marks a request that can never work.
const (
	StageReceived  = message.StageReceived
	StageCompiling = message.StageCompiling
	StageTest      = message.StageTest
	StageDone      = message.StageDone
)

// ErrRejected matches every error that says that a request can never work, on this worker or another.
var ErrRejected = message.ErrRejected
