// Package forkexec takes the last steps before a program's first instruction.
//
// A Go process cannot run Go code between fork and exec, and a plain fork copies the page tables of the whole
// process (0.6 ms for a Go program). So the child is made with vfork semantics (CLONE_VM|CLONE_VFORK): it
// borrows the parent's memory, the calling thread sleeps until the child has executed the program or has
// given up, and the steps in between are plain system calls in C (child.c) that touch nothing but a block of
// memory made for them:
//
//	parent thread: block signals, clone ─┐ (sleeps)                           ┌─> pid, or step + errno
//	child:                               └> descriptors, session, directory, ─┘
//	                                        rlimits, groups, uid, capabilities,
//	                                        no_new_privs, control group, seccomp, exec
//
// Each step that fails is reported as a *StepError with its name and errno.
package forkexec
