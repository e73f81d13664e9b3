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

// confCmd carries the configuration. The descriptors sent along are the tasks files of the program's control
// groups v1, the CPU accounting one last, or the directory of its control group v2; then the sources of the
// bind mounts in their order, as they are seen from within the container's mount namespace.
type confCmd struct {
	Conf     containerConfig
	Cgroups  int  // how many descriptors of control groups follow
	CgroupV2 bool // the one descriptor is a control group v2 directory
}

// execCmd runs one program. Descriptors follow in the order: Files of them for the program, the executable
// when ExecFile is set, control groups when Cgroups is not 0 (then they replace those of confCmd).
type execCmd struct {
	Args     []string
	Env      []string // empty: the container's default environment
	Dir      string
	Files    int
	ExecFile bool
	Cgroups  int
	CgroupV2 bool
	RLimits  []RLimit
	Seccomp  []byte   // a further filter for this program alone
	MakeDirs []string // made before the run, for the program's user
	ReadOnly bool     // the program may not write to the writable directories
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

// RLimit is a resource limit of the program.
type RLimit struct {
	Resource   int
	Soft, Hard uint64
}

// replyType names what the server answers.
type replyType uint8

const (
	replySuccess  replyType = iota + 1 // done; with execve: the program runs, its pid is the sender's
	replyError                         // not done
	replyFinished                      // the program has ended
)

// reply is a message from the server.
type reply struct {
	Type       replyType
	Error      *errorReply   // with replyError: what went wrong
	ExecReply  *execReply    // with replyFinished: how the program ended
	SetupCPU   time.Duration // with success of execve: CPU time billed to the control group before exec
	Start      time.Duration // with success of execve: CLOCK_MONOTONIC at the last instant before exec
	OpenErrors []errorReply  // with success of open: one per item, zero Errno and Message when it was opened
}

// errorReply is an error that has crossed the socket: errors.Is finds the errno in it.
type errorReply struct {
	Step    string
	Errno   syscall.Errno // 0 when the cause was none
	Message string
}

// execReply says how a program ended.
type execReply struct {
	Status   syscall.WaitStatus
	Wall     time.Duration // from the last instant before exec to the end of the first process
	SetupCPU time.Duration // CPU time billed to the control group before exec
	CPU      time.Duration // of every process that was waited for, with Config.Account
	PeakRSS  int64         // bytes; of the largest of them, 0 when unknown, with Config.Account
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
