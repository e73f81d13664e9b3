package container

import (
	"syscall"
	"time"
)

// protocolVersion is the first byte of every message. Both ends are the same binary, so a mismatch means a
// stray writer, not an old peer.
const protocolVersion = 1

// cmdType names what the client asks for.
type cmdType uint8

// The commands.
const (
	cmdPing cmdType = iota + 1
	cmdConf
	cmdOpen
	cmdDelete
	cmdReset
	cmdExecve
	cmdKill
)

func (t cmdType) String() string {
	names := [...]string{
		cmdPing: "ping", cmdConf: "conf", cmdOpen: "open", cmdDelete: "delete", cmdReset: "reset",
		cmdExecve: "execve", cmdKill: "kill",
	}
	if t > 0 && int(t) < len(names) {
		return names[t]
	}
	return "unknown command"
}

// cmd is a message from the client. The field that goes with Cmd is set, the others are nil.
type cmd struct {
	DeleteCmd *deleteCmd // remove a path
	ExecCmd   *execCmd   // run a program
	ConfCmd   *confCmd   // set the configuration
	OpenCmd   []OpenCmd  // open files
	Cmd       cmdType
}

// deleteCmd removes a file, or a directory with all that is in it.
type deleteCmd struct {
	Path string // absolute in the container
}

// confCmd carries the configuration. The descriptors sent along are NumCgroups of control groups: the tasks files of
// the program's control groups v1, the CPU accounting one last, or the directory of its control group v2; then the
// sources of the bind mounts in their order, as they are seen from within the container's mount namespace.
type confCmd struct {
	Conf       containerConfig
	NumCgroups int
	CgroupV2   bool // the one descriptor is a control group v2 directory
}

// execCmd runs one program. The files of Exec are not part of the message: their descriptors are sent along, in the
// order NumFiles for the program, the executable when ExecFile is set, and NumCgroups of control groups, which replace
// those of confCmd when there are any.
type execCmd struct {
	Exec
	NumFiles   int
	ExecFile   bool
	NumCgroups int
}

// OpenCmd opens one regular file of the container.
type OpenCmd struct {
	Path string // absolute in the container, no symbolic link on the way
	Flag int    // O_RDONLY, or O_WRONLY|O_CREAT|O_TRUNC and their kin
	Perm uint32 // of a file that is created
	// Dir opens a directory in place of a regular file, for reading its entries.
	Dir bool
	// Parents makes the missing directories above a file that is created.
	Parents bool
}

// replyType names what the server answers.
type replyType uint8

const (
	replySuccess  replyType = iota + 1 // done; with execve: the program runs, its pid is the sender's
	replyError                         // not done
	replyFinished                      // the program has ended
)

// reply is a message from the server. Success carries one of the last two where the command has something to say.
type reply struct {
	Type       replyType
	Error      *errorReply // with replyError: what went wrong
	ExecReply  *execReply  // with replyFinished: how the program ended
	OpenReply  *openReply  // with success of open
	StartReply *startReply // with success of execve
}

// openReply says what became of each item of open. One that was opened has no error, and its descriptor comes along.
type openReply struct{ Errors []errorReply }

// startReply describes the start of a program.
type startReply struct {
	SetupCPU time.Duration // CPU time billed to the control group before exec
	Start    time.Duration // CLOCK_MONOTONIC at the last instant before exec
}

// execReply is how a program ended.
type execReply = Finished

// errorReply is an error that has crossed the socket: errors.Is finds the errno in it.
type errorReply struct {
	Step    string
	Errno   syscall.Errno // 0 when the cause was none
	Message string
}

func (e *errorReply) Error() string {
	switch {
	case e.Message != "" && e.Errno != 0:
		return e.Step + ": " + e.Message + ": " + e.Errno.Error()
	case e.Errno != 0:
		return e.Step + ": " + e.Errno.Error()
	}
	return e.Step + ": " + e.Message
}

func (e *errorReply) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

func (e *errorReply) failed() bool { return e.Step != "" || e.Errno != 0 || e.Message != "" }
