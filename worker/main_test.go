package main

import (
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
)

// The first error of standard output is kept, and wins over a verdict that is not as it must be.
func TestOutputError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	out := &terminal.Output{Stdout: full, Stderr: io.Discard}
	out.Linef("a result")
	if err := out.Object("another"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("object() = %v after an error, want ENOSPC", err)
	}
	for _, err := range []error{nil, exit.ErrNotOK, errors.Join(exit.ErrNotOK, out.Err()), errors.New("host")} {
		got := withOutputError(err, out)
		if exit.CodeOf(got) != exit.Fault || !errors.Is(got, syscall.ENOSPC) {
			t.Errorf("with output error, %v becomes %v, exit code %d", err, got, exit.CodeOf(got))
		}
	}
}
