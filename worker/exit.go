package main

import (
	"context"
	"errors"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Exit codes. They are part of the command line's contract, written in --help and in README.md.
const (
	exitOK          = 0
	exitNotOK       = 1   // a submission did not get what it must get
	exitUsage       = 2   // the request cannot work: a flag, a file, a package, a language
	exitHost        = 3   // the host cannot do it, or something broke: privileges, disk, output, NATS, a container
	exitInterrupted = 130 // SIGINT, SIGTERM or SIGHUP ended it
)

// errNotOK ends a command with exitNotOK once everything has been said.
var errNotOK = errors.New("not ok")

// usageError is an error of the one who asks.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitCode is the process's exit code for what a command returned.
func exitCode(err error) int {
	var usage usageError
	var unprinted terminal.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &unprinted):
		return exitHost
	case errors.Is(err, errNotOK):
		return exitNotOK
	case errors.As(err, &usage), errors.Is(err, api.ErrRejected):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitHost
}
