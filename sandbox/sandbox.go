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
	"github.com/gaveloj/gavel/sandbox/userlimits"
)

// Sandbox is one container and its control group. One call at a time; Close alone may come during another.
type Sandbox struct {
	busy       sync.Mutex // held by every call
	client     *container.Client
	accounting accounting
	sealsFiles bool // programs get copies of the files that they read, see sealedCopies
	cpus       unix.CPUSet
	pinned     bool
	all        unix.CPUSet // the worker's own cores
	cores      int         // on which the program can run at once
	cancel     int         // eventfd that wakes a run
	rlimits    hardLimits
	scratch    []byte // read buffer
	relayBuf   []byte // buffer of a relay; nil until there was one
	broken     error
}

// ErrLost matches the error of every call on a container that has died or stopped answering. Such a
// container cannot be used any more; the pool replaces it when it is released.
var ErrLost = errors.New("container lost")

// New builds a container in a control group of tree, which is nil where the host provides none. The caller closes it.
func New(ctx context.Context, tree *cgroup.Tree, cfg Config) (*Sandbox, error) {
	s := &Sandbox{
		cancel: -1, scratch: make([]byte, 64<<10), pinned: len(cfg.CPUs) > 0, sealsFiles: cfg.sharedID(),
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
	if err = s.accounting.createGroup(tree, &cfg); err != nil {
		return err
	}
	if s.client, err = s.accounting.startServer(&cfg); err != nil {
		return err
	}
	entry, err := s.accounting.delegate(&cfg)
	if err != nil {
		return err
	}
	files, v2 := entryFiles(entry)
	counts, err := userlimits.Read()
	if err != nil {
		return err
	}
	conf := cfg.container(tree == nil, counts)
	if err := s.client.Configure(ctx, conf, files, v2); err != nil {
		return err
	}
	if err := s.accounting.startSampler(ctx, s.client); err != nil {
		return err
	}
	return s.Put(ctx,
		File{Path: "/etc/passwd", Data: fmt.Appendf(nil, "root:x:0:0::/:/bin/sh\ngavel:x:%d:%d::%s:/bin/sh\n", conf.Credential.UID, conf.Credential.GID, WorkDir)},
		File{Path: "/etc/group", Data: fmt.Appendf(nil, "root:x:0:\ngavel:x:%d:\n", conf.Credential.GID)},
		File{Path: "/etc/hosts", Data: []byte("127.0.0.1 localhost\n")},
	)
}

// prepareHost opens what every run needs of the host.
func (s *Sandbox) prepareHost(cfg Config) (err error) {
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

// Died reports whether the container server has died, without asking it.
func (s *Sandbox) Died() bool {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.client.HungUp()
}

// Ping returns nil if the container answers.
func (s *Sandbox) Ping(ctx context.Context) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.fault(s.client.Ping(ctx))
}

// Reset restores the container to its first state. After an error it must be closed.
func (s *Sandbox) Reset(ctx context.Context) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	if s.broken != nil {
		return s.broken
	}
	err := errors.Join(s.fault(s.client.Reset(ctx)), s.accounting.prepare())
	if err != nil && s.broken == nil {
		s.broken = err
	}
	return err
}

// Close kills everything in the container and removes it. A call under way fails with ErrLost. It may be called twice.
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
	errs = append(errs, s.accounting.remove())
	if s.cancel >= 0 {
		errs = append(errs, unix.Close(s.cancel))
		s.cancel = -1
	}
	if s.broken == nil {
		s.broken = fmt.Errorf("%w: closed", ErrLost)
	}
	return errors.Join(errs...)
}

// fault turns the loss of the container into ErrLost, and records it.
func (s *Sandbox) fault(err error) error {
	var lost *container.LostError
	if errors.As(err, &lost) {
		s.broken = fmt.Errorf("%w: %w", ErrLost, lost.Err)
		if lost.Stderr != "" {
			s.broken = fmt.Errorf("%w; stderr: %s", s.broken, lost.Stderr)
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
