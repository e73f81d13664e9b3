// Package exit tells how a command ends: which exit code an error means, and which signals end a command.
package exit

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Exit codes. They are part of the command line's contract, written in --help and in README.md.
const (
	OK          = 0
	NotOK       = 1   // a submission did not get what it must get
	BadRequest  = 2   // the request cannot work: a flag, a file, a package, a language
	Fault       = 3   // the host cannot do it, or something broke: privileges, disk, output, NATS, a container
	Interrupted = 130 // SIGINT, SIGTERM or SIGHUP ended it, or nobody reads what it prints any more
)

// ErrNotOK ends a command with NotOK once everything has been said.
var ErrNotOK = errors.New("not ok")

// usageError is an error of the one who asks.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usage says that err is the asker's to mend.
func Usage(err error) error { return usageError{err} }

// CodeOf is the process's exit code for what a command returned.
func CodeOf(err error) int {
	var usage usageError
	var unprinted terminal.Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &unprinted) && errors.Is(unprinted, syscall.EPIPE):
		return Interrupted
	case errors.As(err, &unprinted):
		return Fault
	case errors.Is(err, ErrNotOK):
		return NotOK
	case errors.As(err, &usage), errors.Is(err, api.ErrRejected):
		return BadRequest
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	return Fault
}

// Signals are those that end a command in an orderly way. Under nohup SIGHUP stays ignored.
func Signals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
