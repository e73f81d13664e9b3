package sources

import "fmt"

// Kind says what is wrong with what was sent.
type Kind string

// The kinds.
const (
	Empty    Kind = "empty"     // there is no file, or nothing but junk
	Broken   Kind = "broken"    // an archive that cannot be unpacked
	TooLarge Kind = "too large" // more than is read of one submission
	Refused  Kind = "refused"   // what is never read, such as a device or a path that leads elsewhere
)

// Error says that what was sent cannot be a submission, and why.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

func fail(kind Kind, format string, args ...any) error {
	return &Error{kind, fmt.Errorf(format, args...)}
}
