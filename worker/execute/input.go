package execute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/exit"
)

// standardInput is the standard input of a command that is run once or several times.
type standardInput struct {
	// open opens it for one run, from its beginning; nil is an empty one. The caller closes the file.
	open  func() (*os.File, error)
	close func()
}

// openInput finds the standard input: a file, or what gavel itself reads. A command that is run once reads what comes while it
// comes; one that is run again gets what has been read to the end before.
func (c Command) openInput(ctx context.Context) (standardInput, error) {
	switch {
	case c.Input != "" && c.Input != "-":
		in := standardInput{open: func() (*os.File, error) { return openForAll(c.Input) }, close: func() {}}
		f, err := in.open() // so that a wrong name is told before anything is run
		if err != nil {
			return in, exit.Usage(fmt.Errorf("--input: %w", err))
		}
		return in, f.Close()
	case c.Repeat > 1:
		return spoolInput(ctx, os.Stdin)
	case isPassable(os.Stdin):
		return standardInput{open: func() (*os.File, error) { return duplicateForAll(os.Stdin) }, close: func() {}}, nil
	}
	return relayedInput(os.Stdin)
}

// openForAll opens a file for a program to read.
func openForAll(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return sandbox.ForAll(f)
}

// duplicateForAll makes of f what a program can read, and leaves f open.
func duplicateForAll(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return sandbox.ForAll(os.NewFile(uintptr(fd), f.Name()))
}

// isPassable reports whether a program may have f itself: it can do nothing with it but read. With a terminal it could write
// there, and with a socket too.
func isPassable(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() && info.Mode()&os.ModeNamedPipe == 0 {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDONLY
}

// relayedInput is a pipe into which a goroutine copies what comes from a terminal, or from whatever else it is.
func relayedInput(from *os.File) (standardInput, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return standardInput{}, os.NewSyscallError("pipe2", err)
	}
	program := os.NewFile(uintptr(p[0]), "input")
	// Our end alone is non-blocking, so that closing it ends a write that waits for the program.
	err := os.NewSyscallError("fcntl", unix.SetNonblock(p[1], true))
	to := os.NewFile(uintptr(p[1]), "input")
	var relay *inputRelay
	if err == nil {
		relay, err = newInputRelay(from, to)
	}
	if err != nil {
		return standardInput{}, errors.Join(err, program.Close(), to.Close())
	}
	var copying sync.WaitGroup
	copying.Go(func() {
		_ = relay.copy() // the program sees the end of its input
		_ = to.Close()   // a program that has closed its end is no matter
	})
	return standardInput{
		open: func() (*os.File, error) { return sandbox.ForAll(program) },
		close: func() {
			relay.stop()
			_ = to.Close() // may be closed already
			copying.Wait()
			relay.close()
		},
	}, nil
}

// spoolInput reads an input to its end, into a file without a name.
func spoolInput(ctx context.Context, from *os.File) (standardInput, error) {
	spool, err := os.CreateTemp("", "gavel-input-")
	if err != nil {
		return standardInput{}, fmt.Errorf("keep standard input for every run: %w", err)
	}
	in := standardInput{
		open: func() (*os.File, error) {
			f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", spool.Fd()))
			if err != nil {
				return nil, err
			}
			return sandbox.ForAll(f)
		},
		close: func() { _ = spool.Close() }, // it has no name any more
	}
	err = os.Remove(spool.Name())
	var relay *inputRelay
	if err == nil {
		relay, err = newInputRelay(from, spool)
	}
	if err == nil {
		defer relay.close()
		defer context.AfterFunc(ctx, relay.stop)()
		err = relay.copy()
	}
	if err == nil && ctx.Err() != nil {
		in.close()
		return in, context.Cause(ctx)
	}
	if err != nil {
		in.close()
		return in, fmt.Errorf("keep standard input for every run: %w", err)
	}
	return in, nil
}

// inputRelay copies an input until it ends or stop is called: a read from a terminal cannot be interrupted, but waiting for it
// can.
type inputRelay struct {
	from, to          *os.File // borrowed
	stopRead, stopEnd *os.File // a pipe that is written to by stop
}

func newInputRelay(from, to *os.File) (*inputRelay, error) {
	r, w, err := os.Pipe()
	return &inputRelay{from: from, to: to, stopRead: r, stopEnd: w}, err
}

func (r *inputRelay) stop() { _, _ = r.stopEnd.Write([]byte{0}) } // a pipe has room for it

func (r *inputRelay) close() {
	_ = r.stopRead.Close() // nothing to lose in either
	_ = r.stopEnd.Close()
}

func (r *inputRelay) copy() error {
	buffer := make([]byte, 64<<10)
	from, stop := int(r.from.Fd()), int(r.stopRead.Fd())
	for {
		fds := [2]unix.PollFd{{Fd: int32(from), Events: unix.POLLIN}, {Fd: int32(stop), Events: unix.POLLIN}}
		_, err := unix.Poll(fds[:], -1)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return os.NewSyscallError("poll", err)
		case fds[1].Revents != 0 || inBackground(from):
			return nil
		}
		n, err := unix.Read(from, buffer)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil:
			return os.NewSyscallError("read", err)
		case n == 0:
			return nil
		}
		if _, err := r.to.Write(buffer[:n]); err != nil {
			return err
		}
	}
}

// inBackground reports whether fd is a terminal that this process is not in the foreground of. What is typed there is for
// others, and reading it would stop the process.
func inBackground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}
