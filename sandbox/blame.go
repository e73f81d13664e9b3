package sandbox

import (
	"errors"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// This file draws the line between what is the matter with a file that somebody brought and what is the matter with the
// host, for programs that cannot be started and for files that cannot be put into a container. Whose file it is, the
// submission's or the problem package's, is known to the caller alone.

// StartError is the error of a program that could not be started for a reason of the host, or that the container does not
// have: the step that failed, and the errno in Err. A program that somebody brought and that the kernel refuses to execute
// is no error, but a Result with OutcomeNotStarted.
type StartError struct {
	Step string
	Err  error
}

func (e *StartError) Error() string { return "start program: " + e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }

// stepExecve is what the container client and server call their own part of starting a program.
const stepExecve = "execve"

// hostErrnos are those that execve answers because of what else there is on the host, or because of this program. All others
// follow from the file, the interpreter that it names, and the arguments. ETXTBSY is among those: the container server
// has tried twice by then.
var hostErrnos = []unix.Errno{
	unix.EAGAIN, // too many processes of the user, which containers of an ordinary user have in common
	unix.EFAULT,
	unix.EINTR,
	unix.EMFILE,
	unix.ENFILE,
	unix.ENOSYS,
}

// refused reports whether it is a matter of what was asked to run that step of starting it failed with errno. brought says
// that the file itself came with the request. A long list of arguments always did.
func refused(step string, errno unix.Errno, brought bool) bool {
	switch {
	case errno == unix.E2BIG:
		return step == stepExecve || step == forkexec.StepExec.String()
	case step == forkexec.StepExec.String():
		return brought && errno != 0 && !slices.Contains(hostErrnos, errno)
	}
	return false
}

// brings reports whether the file to be executed comes with the command, or from a directory into which Put writes, and is
// none of the host's.
func (c *Command) brings() bool {
	if c.Executable != nil {
		return true
	}
	if len(c.Args) == 0 || !strings.Contains(c.Args[0], "/") {
		return false // it is looked up in PATH
	}
	file := inContainer(c.Args[0])
	if !path.IsAbs(c.Args[0]) {
		file = inContainer(path.Join(c.Dir, c.Args[0]))
	}
	return slices.ContainsFunc(scratchDirs[:], func(dir string) bool { return strings.HasPrefix(file, dir+"/") })
}

// notStarted is the result of a command that failed with err before the program ran; false where it is a fault.
func (c *Command) notStarted(err error) (Result, bool) {
	var start *StartError
	var errno unix.Errno
	if !errors.As(err, &start) || !errors.As(err, &errno) || !refused(start.Step, errno, c.brings()) {
		return Result{}, false
	}
	return Result{Outcome: OutcomeNotStarted, Errno: errno}, true
}

// ErrHostMemory is wrapped by the error of a run in which the kernel killed a process that was within Limits.Memory. It is no
// result: on a host with more memory the program might have ended well. Without a control group nothing tells it from a
// program that kills itself.
var ErrHostMemory = errors.New("the host, or the control group of the worker, has no memory left: " +
	"use fewer slots or lower memory limits, or add memory")

// PutError is the error of a file that could not be put into a container.
type PutError struct {
	Path string
	Err  error
}

func (e *PutError) Error() string {
	return "put file " + e.Path + " into the container: " + e.Err.Error()
}
func (e *PutError) Unwrap() error { return e.Err }

// fileErrnos are those that follow from the names and sizes of the files that are put into a container.
var fileErrnos = []unix.Errno{
	unix.EDQUOT,
	unix.EEXIST,
	unix.EFBIG,
	unix.EINVAL, // there is something that is no regular file
	unix.EISDIR,
	unix.ELOOP,
	unix.ENAMETOOLONG,
	unix.ENOSPC, // the directory is in memory, and has a size of its own
	unix.ENOTDIR,
}

// Refused reports whether it is a matter of the files, and not of the host.
func (e *PutError) Refused() bool {
	var errno unix.Errno
	return errors.As(e.Err, &errno) && slices.Contains(fileErrnos, errno)
}
