package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Policy says what happens on each system call.
type Policy struct {
	// Comment is for the reader.
	Comment string `json:"comment"`
	// Default is for every call that no group decides on.
	Default Action `json:"default"`
	// WrongArchitecture is for calls that do not come in the way of this machine's native architecture.
	WrongArchitecture Action `json:"wrong_architecture"`
	// Groups name the calls. The order does not matter: no two decide on the same call.
	Groups []Group `json:"groups"`
}

// Group is a set of system calls with the same fate.
type Group struct {
	Name     string   `json:"name"` // unique, for error messages
	Why      string   `json:"why"`
	Action   Action   `json:"action"`
	Syscalls []string `json:"syscalls"` // the kernel's names
	// When restricts the group to calls with certain arguments; nil means all. Calls that fall outside go
	// to another group that names them, or else to the default.
	When *Condition `json:"when,omitempty"`
}

// Condition looks at one argument, as the 64 bits that the kernel gets. Where the kernel then only uses 32 of
// them, In with a mask of 0xffffffff is needed to catch a value with garbage on top.
type Condition struct {
	Comment string `json:"comment,omitempty"`
	Arg     int    `json:"arg"` // from 0 to 5
	// Mask is applied before comparing; 0 means all bits.
	Mask Number `json:"mask,omitempty"`
	// In holds when the argument is one of these.
	In []Number `json:"in,omitempty"`
	// Not holds when the argument, masked, is anything but this. Excludes In.
	Not *Number `json:"not,omitempty"`
}

// Number is an argument's value. In JSON a number, or a string as Go writes numbers: "0x5401".
type Number uint64

// UnmarshalJSON reads both forms.
func (n *Number) UnmarshalJSON(data []byte) error {
	text := string(data)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	value, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return fmt.Errorf("%s is not a number from 0 to 2^64-1", data)
	}
	*n = Number(value)
	return nil
}

// Action is what happens to a call. In JSON "allow", "kill" (the whole process, with SIGSYS) or the name of
// the error that the call returns: "EPERM".
type Action struct {
	kind  kind
	errno unix.Errno
}

type kind int

const (
	kindNone kind = iota // the zero value, refused
	kindAllow
	kindKill
	kindErrno
)

// Allow is the action that lets a call pass.
func Allow() Action { return Action{kind: kindAllow} }

// Kill is the action that ends the process.
func Kill() Action { return Action{kind: kindKill} }

// Fail is the action that makes the call return an error.
func Fail(errno unix.Errno) Action { return Action{kind: kindErrno, errno: errno} }

func (a Action) String() string {
	switch a.kind {
	case kindAllow:
		return "allow"
	case kindKill:
		return "kill"
	case kindErrno:
		return unix.ErrnoName(a.errno)
	case kindNone:
	}
	return "none"
}

// UnmarshalText reads an action.
func (a *Action) UnmarshalText(text []byte) error {
	switch name := string(text); name {
	case "allow":
		*a = Allow()
	case "kill":
		*a = Kill()
	default:
		errno, ok := errnoNamed(name)
		if !ok {
			return fmt.Errorf("action %q is neither allow nor kill nor the name of an error", name)
		}
		*a = Fail(errno)
	}
	return nil
}

// maxErrno is the highest number that a filter can return (kernel: MAX_ERRNO).
const maxErrno = 4095

func errnoNamed(name string) (unix.Errno, bool) {
	switch name { // numbers with two names, of which unix.ErrnoName gives the other
	case "EOPNOTSUPP":
		return unix.EOPNOTSUPP, true
	case "EWOULDBLOCK":
		return unix.EWOULDBLOCK, true
	}
	if !strings.HasPrefix(name, "E") {
		return 0, false
	}
	for n := unix.Errno(1); n <= maxErrno; n++ {
		if unix.ErrnoName(n) == name {
			return n, true
		}
	}
	return 0, false
}

// Parse reads a policy and checks it. The error says what is wrong and where.
func Parse(data []byte) (*Policy, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var p Policy
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("parse seccomp policy at byte %d: %w", decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("parse seccomp policy: something follows the policy at byte %d", decoder.InputOffset())
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("check seccomp policy: %w", err)
	}
	return &p, nil
}

// WithClone3 returns a copy that lets clone3 pass; see the package comment.
func (p *Policy) WithClone3() *Policy {
	const name = "clone3"
	q := *p
	q.Groups = nil
	for _, g := range p.Groups {
		g.Syscalls = slices.DeleteFunc(slices.Clone(g.Syscalls), func(s string) bool { return s == name })
		if len(g.Syscalls) > 0 {
			q.Groups = append(q.Groups, g)
		}
	}
	q.Groups = append(q.Groups, Group{
		Name: "clone3 for the container server", Action: Allow(), Syscalls: []string{name},
		Why: "it places programs by CLONE_INTO_CGROUP",
	})
	return &q
}

// decide says what the policy does with a call of this machine's own architecture.
func (p *Policy) decide(name string, args [6]uint64) Action {
	for _, g := range p.Groups {
		if slices.Contains(g.Syscalls, name) && (g.When == nil || g.When.holds(args)) {
			return g.Action
		}
	}
	return p.Default
}

func (c *Condition) holds(args [6]uint64) bool {
	value := args[c.Arg]
	if c.Not != nil {
		return value&c.mask() != uint64(*c.Not)
	}
	return slices.Contains(c.In, Number(value&c.mask()))
}

func (c *Condition) mask() uint64 {
	if c.Mask == 0 {
		return ^uint64(0)
	}
	return uint64(c.Mask)
}
