package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/container"
)

// Sandbox is one container and its control group. One call at a time; Close alone may come during another.
type Sandbox struct {
	busy    sync.Mutex // held by every call
	client  *container.Client
	meter   meter
	copies  bool // programs get copies of the files that they read, see lent
	cpus    unix.CPUSet
	pinned  bool
	all     unix.CPUSet // the worker's own cores
	cores   int         // on which the program can run at once
	null    *os.File
	cancel  int // eventfd that wakes a run
	rlimits hardLimits
	scratch []byte // read buffer
	passing []byte // buffer of a relay; nil until there was one
	broken  error
}

// StartError says that the program could not be started: which step, and the errno in Err. Step "exec" with
// ENOENT, EACCES or ENOEXEC is a matter of what was asked to run; every other step is the host's fault.
type StartError struct {
	Step string
	Err  error
}

func (e *StartError) Error() string { return "start program: " + e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }

// ErrLost matches the error of every call on a container that has died or stopped answering. Such a
// container is of no more use; releasing it to the pool replaces it.
var ErrLost = errors.New("container lost")

// New builds a container in a control group of tree; nil where the host has none for us. Close ends it.
func New(ctx context.Context, tree *cgroup.Tree, cfg Config) (*Sandbox, error) {
	s := &Sandbox{
		cancel: -1, scratch: make([]byte, 64<<10), pinned: len(cfg.CPUs) > 0, copies: cfg.sharedID(),
	}
	if err := s.build(ctx, tree, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("build container %s: %w", cfg.Name, cfg.explain(err)), s.Close())
	}
	return s, nil
}

func (s *Sandbox) build(ctx context.Context, tree *cgroup.Tree, cfg Config) (err error) {
	if err := s.prepareHost(cfg); err != nil {
		return err
	}
	if err = s.meter.make(tree, &cfg); err != nil {
		return err
	}
	if s.client, err = s.meter.birth(&cfg); err != nil {
		return err
	}
	entry, err := s.meter.adopt(&cfg)
	if err != nil {
		return err
	}
	files, v2 := entryFiles(entry)
	conf := cfg.container(tree == nil)
	if err := s.client.Configure(ctx, conf, files, v2); err != nil {
		return err
	}
	if err := s.meter.attach(ctx, s.client); err != nil {
		return err
	}
	return s.Put(ctx,
		File{Path: "/etc/passwd", Data: fmt.Appendf(nil, "root:x:0:0::/:/bin/sh\ngavel:x:%d:%d::%s:/bin/sh\n", conf.Credential.UID, conf.Credential.GID, WorkDir)},
		File{Path: "/etc/group", Data: fmt.Appendf(nil, "root:x:0:\ngavel:x:%d:\n", conf.Credential.GID)},
		File{Path: "/etc/hosts", Data: []byte("127.0.0.1 localhost\n")},
	)
}

// prepareHost takes what every run needs of the host.
func (s *Sandbox) prepareHost(cfg Config) (err error) {
	if s.null, err = os.Open(os.DevNull); err != nil {
		return err
	}
	if s.cancel, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return os.NewSyscallError("eventfd2", err)
	}
	if err := unix.SchedGetaffinity(0, &s.all); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	s.cpus = s.all
	if s.pinned {
		s.cpus.Zero()
		for _, cpu := range cfg.CPUs {
			s.cpus.Set(cpu)
		}
	}
	s.cores = s.cpus.Count()
	return s.rlimits.read()
}

func entryFiles(e cgroup.Entry) (files []*os.File, v2 bool) {
	if e.Dir != nil {
		return []*os.File{e.Dir}, true
	}
	return e.Tasks, false
}

// Broken returns why the container can no longer be used, or nil.
func (s *Sandbox) Broken() error {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.broken
}

// Pid is that of the container server, on the host.
func (s *Sandbox) Pid() int { return s.client.Pid() }

// Died tells at once, without asking the container, whether its server has died.
func (s *Sandbox) Died() bool {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.client.HungUp()
}

// Ping proves that the container answers.
func (s *Sandbox) Ping(ctx context.Context) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.fault(s.client.Ping(ctx))
}

// Reset makes the container as it was when it was new. After an error it must be closed.
func (s *Sandbox) Reset(ctx context.Context) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	if s.broken != nil {
		return s.broken
	}
	err := errors.Join(s.fault(s.client.Reset(ctx)), s.meter.prepare(), s.renewInput())
	if err != nil && s.broken == nil {
		s.broken = err
	}
	return err
}

// renewInput opens the empty standard input anew: its flags and locks belong to whoever has it open, so that
// programs could leave notes for each other in them.
func (s *Sandbox) renewInput() error {
	fresh, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	_ = s.null.Close() // read side
	s.null = fresh
	return nil
}

// Close ends everything in the container and removes it. A call under way fails with ErrLost. It can be called
// twice.
func (s *Sandbox) Close() error {
	if s.client != nil {
		s.client.Destroy()
	}
	s.busy.Lock()
	defer s.busy.Unlock()
	var errs []error
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	errs = append(errs, s.meter.remove())
	if s.null != nil {
		_ = s.null.Close() // read side, and it may be closed already
	}
	if s.cancel >= 0 {
		errs = append(errs, unix.Close(s.cancel))
		s.cancel = -1
	}
	if s.broken == nil {
		s.broken = fmt.Errorf("%w: closed", ErrLost)
	}
	return errors.Join(errs...)
}

// fault turns the loss of the container into ErrLost, and remembers it.
func (s *Sandbox) fault(err error) error {
	var lost *container.LostError
	if errors.As(err, &lost) {
		s.broken = fmt.Errorf("%w: %w", ErrLost, lost.Err)
		if lost.Said != "" {
			s.broken = fmt.Errorf("%w; it said: %s", s.broken, lost.Said)
		}
		return s.broken
	}
	return err
}

// inContainer makes a path absolute in the container.
func inContainer(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(WorkDir, p)
}
