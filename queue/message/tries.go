package message

import "time"

// Tries tells what the deliveries of an attempt came to that ended without a verdict: the entry of the bucket judge-tries under
// the key <submission>.<attempt>. Workers write it from the first delivery on that fails; others only read it.
type Tries struct {
	// Passed is how many deliveries were no try: the worker was stopping, or had a reason to leave it to another.
	Passed int `json:"passed,omitempty"`
	// PassedHere is how many times in a row the last worker passed it on.
	PassedHere int `json:"here,omitempty"`
	// Faulted is how many tries ended in a fault, and Faults the last ten of them.
	Faulted int     `json:"faulted,omitempty"`
	Faults  []Fault `json:"faults,omitempty"`
	// Begun is how many tries after the first delivery began and were not seen to end, in whatever way: the one in hand,
	// and those whose worker died. To record the first delivery as well would cost every submission a message.
	Begun int `json:"begun,omitempty"`
}

// Fault is one try that went wrong through no fault of the submission.
type Fault struct {
	Worker string    `json:"worker"`
	Reason string    `json:"reason"`
	Time   time.Time `json:"time"`
}
