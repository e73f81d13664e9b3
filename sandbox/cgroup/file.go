package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// file is a control file that stays open for the life of its group: a read or write costs 0.7 us, an open 5.
type file struct{ *os.File }

// openFile opens a control file. It stays in blocking mode and out of Go's poller, because control files
// answer at once, and because the descriptor may be sent to a process that knows nothing of the poller.
func openFile(name string, flags int) (*file, error) {
	fd, err := retry(func() (int, error) { return unix.Open(name, flags|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{os.NewFile(uintptr(fd), name)}, nil
}

// write replaces the value in one system call.
func (f *file) write(value string) error {
	_, err := retry(func() (int, error) { return unix.Pwrite(int(f.Fd()), []byte(value), 0) })
	if err != nil {
		return &os.PathError{Op: "write " + strconv.Quote(value) + " to", Path: f.Name(), Err: err}
	}
	return nil
}

// read returns the value, up to the size of buf, in one system call.
func (f *file) read(buf []byte) (string, error) {
	n, err := retry(func() (int, error) { return unix.Pread(int(f.Fd()), buf, 0) })
	if err != nil {
		return "", &os.PathError{Op: "read", Path: f.Name(), Err: err}
	}
	return string(buf[:n]), nil
}

// parsed reads f and hands its text to parse.
func parsed[T any](f *file, parse func(string) (T, error)) (T, error) {
	var buf [1024]byte // the longest, cpu.stat of version 2, is under 400 bytes
	text, err := f.read(buf[:])
	if err != nil {
		var zero T
		return zero, err
	}
	value, err := parse(text)
	if err != nil {
		return value, fmt.Errorf("parse %s: %w", f.Name(), err)
	}
	return value, nil
}

// retry calls a system call again when a signal interrupted it.
func retry[T any](call func() (T, error)) (T, error) {
	for {
		value, err := call()
		if !errors.Is(err, unix.EINTR) {
			return value, err
		}
	}
}

// writeOnce opens, writes and closes a control file. Not for the run path.
func writeOnce(dir, name, value string) error {
	f, err := openFile(filepath.Join(dir, name), unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.write(value)
}

// readOnce returns the trimmed text of a control file of any length. Not for the run path.
func readOnce(dir, name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(data)), err
}

func exists(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil
}

// parseBytes reads a single number; "max" of version 2 is an error, because no counter has that value.
func parseBytes(text string) (int64, error) {
	return strconv.ParseInt(strings.TrimSpace(text), 10, 64)
}

// parseNanoseconds reads cpuacct.usage of version 1.
func parseNanoseconds(text string) (time.Duration, error) {
	n, err := parseBytes(text)
	return time.Duration(n), err
}

// parseCPUStat reads usage_usec of cpu.stat of version 2.
func parseCPUStat(text string) (time.Duration, error) {
	usageUsec, err := keyed(text, "usage_usec")
	return time.Duration(usageUsec) * time.Microsecond, err
}

// parseStalled reads for how long no task of a group had a core while one of them was ready to run, from cpu.pressure of
// version 2 (kernel: Documentation/accounting/psi.rst). Kernels before 5.13 have no such line.
func parseStalled(text string) (time.Duration, error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "full "); ok {
			_, total, _ := strings.Cut(rest, " total=")
			usec, err := parseBytes(total)
			return time.Duration(usec) * time.Microsecond, err
		}
	}
	return 0, errors.New(`no line "full"`)
}

// parseOOMKills reads oom_kill, which memory.oom_control (version 1) and memory.events (version 2) share.
func parseOOMKills(text string) (int64, error) { return keyed(text, "oom_kill") }

// parseOOMs reads oom of memory.events, which counts how often the group's own limit left no memory.
func parseOOMs(text string) (int64, error) { return keyed(text, "oom") }

// keyed finds the number that follows key in a file of "KEY VALUE" lines.
func keyed(text, key string) (int64, error) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, key+" "); ok {
			return parseBytes(value)
		}
	}
	return 0, fmt.Errorf("no line %q", key)
}
