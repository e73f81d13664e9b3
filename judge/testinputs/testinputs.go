package testinputs

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// Bounds of what stays open: the inputs of some packages, in 16 MiB of memory at most. Of the descriptors that the process
// may have they take no more than an eighth.
const (
	maxOpenInputs = 1024
	maxOpenInput  = 16 * sandbox.KiB
)

// Inputs keeps small inputs of test cases open, as sealed copies in memory. To open such a copy once more takes 8 us,
// and sandbox.OpenNameless, for larger ones, 55: it makes a mount and unmounts it, for which the kernel interrupts every core.
type Inputs struct {
	mu   sync.Mutex
	kept *simplelru.LRU[inputKey, *os.File] // guarded by mu; owned, and closed when they leave
	errs []error                            // guarded by mu: of closing them
}

// inputKey is one state of a file: a directory of packages may be changed while a worker runs.
type inputKey struct {
	device, inode  uint64
	size           int64
	written, state unix.Timespec
}

// New keeps none open yet.
func New() (*Inputs, error) {
	var descriptors unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &descriptors); err != nil {
		return nil, os.NewSyscallError("getrlimit", err)
	}
	t := &Inputs{}
	var err error
	t.kept, err = simplelru.NewLRU(int(min(maxOpenInputs, descriptors.Cur/8+1)), func(_ inputKey, f *os.File) {
		if err := f.Close(); err != nil {
			t.errs = append(t.errs, err)
		}
	})
	return t, err
}

// Open opens an input for a program, with an offset of its own.
func (t *Inputs) Open(path string) (*os.File, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || sandbox.Bytes(st.Size) > maxOpenInput {
		return sandbox.OpenNameless(path)
	}
	t.mu.Lock()
	defer t.mu.Unlock() // until it is open: who leaves is closed
	f, ok := t.kept.Get(keyOf(&st))
	if !ok {
		var err error
		if f, err = t.keep(path); err != nil {
			return nil, err
		}
	}
	return Reopen(f)
}

// keep copies an input. The caller holds t.mu.
func (t *Inputs) keep(path string) (*os.File, error) {
	original, err := sandbox.OpenRead(path)
	if err != nil {
		return nil, err
	}
	defer original.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(original.Fd()), &st); err != nil {
		return nil, fmt.Errorf("%s: %w", path, os.NewSyscallError("fstat", err))
	}
	f, err := sandbox.SealedCopy(original, "input")
	if err != nil {
		return nil, fmt.Errorf("copy %s: %w", path, err)
	}
	t.kept.Add(keyOf(&st), f)
	return f, nil
}

func keyOf(st *unix.Stat_t) inputKey {
	return inputKey{st.Dev, st.Ino, st.Size, st.Mtim, st.Ctim}
}

// Close closes what is open. Nothing may be opened afterwards.
func (t *Inputs) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Purge()
	return errors.Join(t.errs...)
}

// Reopen opens a file once more, with an offset of its own.
func Reopen(f *os.File) (*os.File, error) {
	return sandbox.OpenRead(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
}
