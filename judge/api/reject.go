package api

import (
	"errors"

	"github.com/gaveloj/gavel/judge/verdict"
)

// ErrRejected matches every error that says that a request can never work, on this worker or another:
// unknown language, broken problem package, invalid file name. It is never retried.
var ErrRejected = errors.New("rejected")

// Rejection is a request that can never work. errors.Is matches it to ErrRejected.
type Rejection struct {
	Class verdict.Class // whose fault: ClassProblem or ClassLanguage
	Err   error         // what is wrong and the way out
	// Submitted says that what is wrong is what a contestant chooses: the files and their names. Of a submission the verdict
	// is then CE, whose log is Err: JE would be anybody's for the asking.
	Submitted bool
	// Lacking is the language that this worker does not offer, and another one may; "" where it is something else.
	Lacking string
	// Broken says of Lacking that its toolchain is there and does not work: it may be in the middle of being replaced, so that
	// what is refused now is worth another try.
	Broken bool
}

func (r *Rejection) Error() string        { return r.Err.Error() }
func (r *Rejection) Unwrap() error        { return r.Err }
func (r *Rejection) Is(target error) bool { return target == ErrRejected }
