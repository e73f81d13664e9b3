package threads

// olderWaitingCalls are those that this architecture does without.
var olderWaitingCalls []int
