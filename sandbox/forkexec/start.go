package forkexec

/*
#include "child.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// Params describe one program. The zero value of a field leaves that step out, save for Path and ExecFD.
type Params struct {
	Path   string // executable; "" means ExecFD
	ExecFD int    // descriptor of the executable when Path is ""
	Args   []string
	Env    []string
	Dir    string // working directory; "" stays

	// Files become the descriptors 0, 1, ... of the program; every other descriptor is closed. Borrowed.
	Files []int
	// Enter are the `tasks` files of control groups v1 that the child joins, the CPU accounting one last.
	// Borrowed.
	Enter []int
	// CgroupFD is the directory of the control group v2 in which the child is created; 0 or less means none.
	CgroupFD int
	RLimits  []RLimit
	// Credential is the uid and gid to take; nil keeps them, and the capabilities too.
	Credential *Credential
	// DropCapabilities gives up every capability where Credential is nil.
	DropCapabilities bool
	Session          bool   // a session of its own
	PidFD            bool   // give back a pid descriptor
	Filter           []byte // seccomp program, an array of struct sock_filter; nil means none
}

// RLimit is one resource limit; Resource is an RLIMIT_ number.
type RLimit struct {
	Resource   int
	Soft, Hard uint64
}

// Credential is who the program runs as.
type Credential struct{ UID, GID uint32 }

// Process is a program that has been started and must be waited for.
type Process struct {
	Pid   int
	Start time.Duration // CLOCK_MONOTONIC right before exec
	PidFD int           // with Params.PidFD: readable when the process has ended; the caller closes it
	// SetupCPU is what the steps before exec have cost the program's control group.
	SetupCPU time.Duration
}

// Starter starts programs, one at a time. It owns the memory that parent and child share.
type Starter struct{ arena *arena }

// NewStarter returns a Starter, whose memory is its process's to the end.
func NewStarter() (*Starter, error) {
	a, err := newArena()
	if err != nil {
		return nil, err
	}
	return &Starter{arena: a}, nil
}

// Start starts the program and returns once it has been executed. A step that fails is a *StepError.
func (s *Starter) Start(p *Params) (Process, error) {
	e, err := s.arena.prepare(p)
	if err != nil {
		return Process{}, err
	}
	pid := int(C.gavel_start(e))
	if e.err != 0 {
		reap(pid)
		if pid > 0 && p.PidFD {
			_ = syscall.Close(int(e.pidfd)) // of a process that is no more
		}
		return Process{}, &StepError{Step: Step(e.step), Errno: syscall.Errno(e.err)}
	}
	return Process{
		Pid:      pid,
		PidFD:    int(e.pidfd),
		Start:    time.Duration(e.start_ns),
		SetupCPU: time.Duration(e.setup_cpu_ns),
	}, nil
}

// reap collects a child that gave up before exec.
func reap(pid int) {
	for pid > 0 {
		if _, err := syscall.Wait4(pid, nil, 0, nil); !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// DefaultSignals sets every ignored signal of this process back to its default action. A program inherits
// what is ignored, and a worker started under nohup ignores SIGHUP.
func DefaultSignals() { C.gavel_default_signals() }

// ClearSignalHandlers removes the handlers of every signal of this process. Signals sent to pid 1 of a pid namespace from
// inside of it, SIGKILL and SIGSTOP included, then have no effect (man 7 pid_namespaces).
func ClearSignalHandlers() { C.gavel_clear_signal_handlers() }

// prepare copies p into the shared memory.
func (a *arena) prepare(p *Params) (*C.struct_gavel_exec, error) {
	a.reset()
	e := (*C.struct_gavel_exec)(a.take(unsafe.Sizeof(C.struct_gavel_exec{})))
	*e = C.struct_gavel_exec{exec_fd: -1, cgroup_fd: -1, pidfd: -1}
	if err := a.strings(e, p); err != nil {
		return nil, err
	}
	if p.Path == "" {
		e.exec_fd = C.int(p.ExecFD)
	}
	if p.CgroupFD > 0 {
		e.cgroup_fd = C.int(p.CgroupFD)
	}
	e.fds, e.nfds = a.ints(p.Files), C.int(len(p.Files))
	e.enter, e.nenter = a.ints(p.Enter), C.int(len(p.Enter))
	e.rlimits, e.nrlimits = a.rlimits(p.RLimits), C.int(len(p.RLimits))
	if c := p.Credential; c != nil {
		e.change_ids, e.uid, e.gid = 1, C.uint32_t(c.UID), C.uint32_t(c.GID)
	}
	if p.DropCapabilities {
		e.drop_caps = 1
	}
	if p.Session {
		e.session = 1
	}
	if p.PidFD {
		e.want_pidfd = 1
	}
	if len(p.Filter) > 0 {
		e.filter, e.filter_len = a.bytes(p.Filter), C.ushort(len(p.Filter)/sizeofSockFilter)
	}
	e.stack_top = (*C.char)(a.stackTop())
	if a.full() {
		return nil, fmt.Errorf("arguments and environment of %d and %d strings: %w",
			len(p.Args), len(p.Env), syscall.E2BIG)
	}
	return e, nil
}

// sizeofSockFilter is the size of struct sock_filter (linux/filter.h).
const sizeofSockFilter = 8

func (a *arena) strings(e *C.struct_gavel_exec, p *Params) error {
	var err error
	str := func(s string) *C.char {
		c, e := a.cstring(s)
		err = errors.Join(err, e)
		return (*C.char)(c)
	}
	vector := func(list []string) **C.char {
		v := unsafe.Slice((**C.char)(a.take(uintptr(len(list)+1)*unsafe.Sizeof((*C.char)(nil)))), len(list)+1)
		for i, s := range list {
			v[i] = str(s)
		}
		v[len(list)] = nil
		return &v[0]
	}
	e.path, e.dir = nil, nil
	if p.Path != "" {
		e.path = str(p.Path)
	}
	if p.Dir != "" {
		e.dir = str(p.Dir)
	}
	e.argv, e.envp = vector(p.Args), vector(p.Env)
	return err
}

func (a *arena) ints(list []int) *C.int {
	v := unsafe.Slice((*C.int)(a.take(uintptr(len(list)+1)*unsafe.Sizeof(C.int(0)))), len(list)+1)
	for i, n := range list {
		v[i] = C.int(n)
	}
	return &v[0]
}

func (a *arena) rlimits(list []RLimit) *C.struct_gavel_rlimit {
	v := unsafe.Slice((*C.struct_gavel_rlimit)(a.take(uintptr(len(list)+1)*unsafe.Sizeof(C.struct_gavel_rlimit{}))), len(list)+1)
	for i, l := range list {
		v[i].resource = C.int(l.Resource)
		v[i].value.rlim_cur, v[i].value.rlim_max = C.rlim_t(l.Soft), C.rlim_t(l.Hard)
	}
	return &v[0]
}
