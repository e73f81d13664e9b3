package forkexec

import (
	"fmt"
	"syscall"
)

// Step is one of the steps between fork and exec, numbered as enum gavel_step in child.h.
type Step int

// The steps, in order.
const (
	StepClone Step = iota + 1
	StepDescriptors
	StepSession
	StepDirectory
	StepRLimit
	StepGroups
	StepGID
	StepUID
	StepCapabilities
	StepNoNewPrivs
	StepCgroup
	StepSeccomp
	StepSignals
	StepExec
)

func (s Step) String() string {
	names := [...]string{
		StepClone: "clone", StepDescriptors: "descriptors", StepSession: "session", StepDirectory: "directory",
		StepRLimit: "rlimit", StepGroups: "groups", StepGID: "gid", StepUID: "uid",
		StepCapabilities: "capabilities", StepNoNewPrivs: "no_new_privs", StepCgroup: "cgroup",
		StepSeccomp: "seccomp", StepSignals: "signals", StepExec: "exec",
	}
	if s > 0 && int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("Step(%d)", int(s))
}

// StepError says which step failed, and why.
type StepError struct {
	Step  Step
	Errno syscall.Errno
}

func (e *StepError) Error() string { return e.Step.String() + ": " + e.Errno.Error() }

// Unwrap gives the errno, for errors.Is.
func (e *StepError) Unwrap() error { return e.Errno }
