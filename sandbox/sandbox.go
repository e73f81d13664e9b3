package sandbox

import (
	"context"
	"errors"
	"os"
)

// Sandbox is one container and its control group. One run at a time.
type Sandbox struct{}

// StartError says that the program could not be started: which step, and the errno in Err. Step "exec" with
// ENOENT, EACCES or ENOEXEC is a matter of what was asked to run; every other step is the host's fault.
type StartError struct {
	Step string
	Err  error
}

func (e *StartError) Error() string { return e.Step + ": " + e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }

// ErrLost matches the error of every call on a container that has died or stopped answering. Such a
// container is of no more use; releasing it to the pool replaces it.
var ErrLost = errors.New("container lost")

// Run executes one command and waits until every process of it is gone. A program that misbehaves is a
// Result; an error is a fault of the sandbox (ErrLost, *StartError). When ctx ends the run is killed and
// the Result says KillCancel.
func (s *Sandbox) Run(ctx context.Context, cmd Command) (Result, error) { panic("being built") }

// Put writes files into the container, replacing what is there.
func (s *Sandbox) Put(ctx context.Context, files ...File) error { panic("being built") }

// Open opens a regular file of the container for reading. It never follows a symbolic link out of the
// container and never blocks on a FIFO or device.
func (s *Sandbox) Open(ctx context.Context, path string) (*os.File, error) { panic("being built") }

// Collect reads every regular file below dir of the container, with paths relative to it, in byte order.
// It stops with an error when they hold more than limit bytes together.
func (s *Sandbox) Collect(ctx context.Context, dir string, limit Bytes) ([]File, error) {
	panic("being built")
}

// MemFile returns a sealed in-memory file that holds data, at offset 0: a cheap standard input. The caller
// owns it.
func MemFile(name string, data []byte) (*os.File, error) { panic("being built") }
