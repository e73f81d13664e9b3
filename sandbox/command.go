package sandbox

import (
	"io/fs"
	"os"
	"time"
)

// Bytes is a size in memory or on disk.
type Bytes int64

// Binary multiples.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// WorkDir is the directory in every container in which programs start. It is a tmpfs that belongs to the
// program's user, and it is empty after each reset.
const WorkDir = "/w"

// Limits bound one run. In every field zero means no limit, save where it says otherwise.
type Limits struct {
	// CPU is the most CPU time, user and system, that all processes of the run may use together.
	// Enforced within 10 ms for one thread; Result.CPU is the exact figure.
	CPU time.Duration
	// Wall is the most real time from exec to the end. It ends sleepers and blocked programs. Time in which
	// threads of the program were ready and none ran, on a busy host, does not count, up to three times Wall.
	Wall time.Duration
	// Memory is the most memory the whole process tree may hold, page cache, tmpfs files and kernel memory
	// included; swap is not allowed. Reaching it raises Result.OOMKills.
	Memory Bytes
	// Output is the most that may be written to standard output and standard error together, and to files where
	// Files says so. The write that crosses it gets the run killed with KillOutput; files are checked every 5 ms.
	Output Bytes
	// Files says what the program may do in WorkDir, /tmp and /dev/shm.
	Files FileRule
	// Pids is the most processes and threads at any moment. 0 means DefaultPids.
	Pids int
	// Stack is the soft and hard RLIMIT_STACK. 0 means Memory, and 64 MiB when there is no memory limit.
	Stack Bytes
	// OpenFiles is RLIMIT_NOFILE. 0 means 1024.
	OpenFiles int
	// FileSize is RLIMIT_FSIZE, per file. 0 means 256 MiB, and one byte more than Output with FilesCounted: the
	// file that is as long as that has crossed it.
	FileSize Bytes
}

// FileRule is what a program may do with files.
type FileRule int

// The rules.
const (
	// FilesFree lets the program write. What it writes counts as its memory, and as nothing else.
	FilesFree FileRule = iota
	// FilesCounted lets it write, and adds the sizes of the files that it has made or made longer to
	// Result.OutputBytes. What it has removed again by then is not counted.
	FilesCounted
	// FilesReadOnly makes every write fail. Directories that an earlier run has made itself, and MakeDirs, stay
	// writable; so reset the container before, and make none.
	FilesReadOnly
)

// pids is Pids with its default.
func (l *Limits) pids() int {
	if l.Pids == 0 {
		return DefaultPids
	}
	return l.Pids
}

// DefaultPids is enough for every managed runtime with one pool of threads, and stops a fork bomb early.
const DefaultPids = 128

// MaxCapture is the default of Command.Capture where there is no limit of output.
const MaxCapture = 64 * MiB

// Command is one program to run in a container.
type Command struct {
	// Args is the whole argument vector. Args[0] is looked up in the PATH of Env when it holds no slash.
	Args []string
	// Env is the whole environment, "NAME=value" each. nil means the container's default:
	// PATH, HOME=/w, LANG=C.UTF-8.
	Env []string
	// Executable, when set, is the file to execute in place of Args[0], by descriptor: one read-only copy on
	// the host serves every container. Borrowed. It must be an ELF binary, not a script.
	Executable *os.File
	// Dir is the working directory in the container; "" means WorkDir.
	Dir string
	// Stdin is borrowed, and read from its current offset. nil means an empty input.
	Stdin *os.File
	// Stdout and Stderr, when set, take the stream in place of Result.Stdout and Result.Stderr; what is
	// written there is then neither kept nor counted. Borrowed.
	Stdout, Stderr *os.File
	// Live, when set, is given what comes of the two streams, as it comes, in place of Result.Stdout and Result.Stderr. It is
	// counted as ever, and no more of each stream is given than Capture says. Run calls it in its own goroutine, so it must
	// not block: meanwhile nobody enforces the limits. data is Run's own, and is overwritten after the call.
	Live func(from Stream, data []byte)
	// Capture bounds Result.Stdout and Result.Stderr each; what is beyond it is counted and thrown away. 0 means
	// Limits.Output, and MaxCapture where that is zero, too.
	Capture Bytes
	// ExpectedOutput is a guess at how much the program writes to Stdout. When it begins to write much, so much room is made
	// at once; nothing else depends on it.
	ExpectedOutput Bytes
	// SpillDir is a directory of the host for an output of more than SpillFrom, which is kept in a file there, without a name,
	// and mapped: then Result.Release has to be called. "" keeps everything in memory.
	SpillDir string
	// ExtraFiles become descriptors 3, 4, ... of the program. Borrowed.
	ExtraFiles []*os.File
	// MakeDirs are directories made before the run, with missing parents, owned by the program's user. Absolute
	// in the container, or relative to WorkDir. One that is there already is left as it is.
	MakeDirs []string
	Limits   Limits
}

// Stream is one of the two outputs of a program.
type Stream int

// The streams, by the numbers of their descriptors.
const (
	StandardOutput Stream = 1
	StandardError  Stream = 2
)

// File is a file to be placed in a container.
type File struct {
	// Path is absolute in the container, or relative to WorkDir. Missing parent directories are made.
	Path string
	// Mode holds the permission bits; 0 means 0644. The file belongs to the container's root, so that the
	// program can read it but cannot change it in place.
	Mode fs.FileMode
	Data []byte
	// From, when set, is a file of the host whose content goes there in place of Data: all of it, whatever its offset.
	// Borrowed.
	From *os.File
}
