package message

// The headers of a message on judge.archive.<submission>, whose payload is the submission message as it was published.
// They tell what it is without reading it.
const (
	HeaderProblem  = "Gavel-Problem"
	HeaderLanguage = "Gavel-Language" // as asked for; absent where the file names decide
	HeaderPool     = "Gavel-Pool"
	HeaderLane     = "Gavel-Lane"
	HeaderAttempt  = "Gavel-Attempt"
)
