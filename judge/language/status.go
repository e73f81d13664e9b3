package language

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// State is how far a language has come on this host.
type State string

// The states of a language.
const (
	StatePending   State = "pending"   // not tried yet, or its toolchain has changed
	StatePreparing State = "preparing" // its cache is being made, or its test program runs
	StateReady     State = "ready"
	StateFailed    State = "failed" // see Status.Reason; it is tried again later
)

// Status tells about one language on this host.
type Status struct {
	ID, Name string
	State    State
	// Missing is set with StateFailed when the toolchain is not installed. Package is the Debian package that
	// brings it, where one is known.
	Missing bool
	Package string
	Version string // first line that the toolchain prints of its version; "" unless ready
	Cached  bool   // with StateReady: nothing is left to prepare that would make compiling quicker
	Reason  string // why it failed
	Remedy  string // how to mend what Reason says; "" when there is no telling
	// Warning is set when the language works, but not as well as it could, for example without its cache.
	Warning string
}

// ToCome reports whether the language may still become ready.
func (s Status) ToCome() bool { return s.State == StatePending || s.State == StatePreparing }

// failed is the status after err, which is not a *missingToolError.
func (s Status) failed(l *Language, what string, err error) Status {
	s.State, s.Version, s.Warning, s.Cached = StateFailed, "", "", false
	s.Reason = what + ": " + err.Error()
	s.Remedy = remedy(l, err)
	return s
}

// remedy says how to mend what keeps a language from working whose toolchain is there.
func remedy(l *Language, err error) string {
	if text := stateRemedy(err); text != "" {
		return text
	}
	if l.Package != "" {
		return fmt.Sprintf("its toolchain is there and does not work: apt-get install --reinstall %s, with what it depends on, "+
			"or take the language out of the table", l.Package)
	}
	return "its toolchain is there and does not work: reinstall it, or take the language out of the table"
}

// cacheRemedy says how to mend what keeps a cache from being made that the language works without.
func cacheRemedy(err error) string {
	if text := stateRemedy(err); text != "" {
		return text
	}
	return "look at what the command said; it is tried again later, and when the toolchain changes"
}

// stateRemedy is for an error that the state directory is to blame for; "" for others.
func stateRemedy(err error) string {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return "free some space, or move the state with --state-dir DIR"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EROFS):
		return "make the directory prepared of the state directory writable, or choose another with --state-dir DIR"
	}
	return ""
}

// missingToolError says that a program of a toolchain is not there.
type missingToolError struct {
	tool, path, pkg string
}

func (e *missingToolError) Error() string {
	text := fmt.Sprintf("%s not found in %s", e.tool, e.path)
	if e.pkg != "" {
		text += "; install the Debian package " + e.pkg
	}
	return text
}
