package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/sandbox/container"
	"github.com/gaveloj/gavel/sandbox/forkexec"
	"github.com/gaveloj/gavel/sandbox/userlimits"
)

// Mount makes a part of a file system visible in every container. One with no more than Source and Target is a directory
// or file of the host, read-only.
type Mount = container.Mount

// Config is what a container is made from.
type Config struct {
	// Name is that of the container's control group, unique in the worker.
	Name string
	// CPUs are the cores that it is held on; none means all. Where the host has no cpuset controller, a program
	// can leave them.
	CPUs []int
	// IDBase is the first of IDCount user and group ids of the host that are this container's alone.
	IDBase uint32
	// Rootless makes the container as an ordinary user does; IDBase is not used then.
	Rootless *Rootless
	// Mounts are what it sees of the host.
	Mounts []Mount
	// Filter is the seccomp program of everything that runs in it. Empty means none.
	Filter []byte
	// Containers is how many containers share what the kernel allows to the worker's user. 0 means that this is the only one.
	Containers int
	// Scratch caps each of WorkDir, /tmp and /dev/shm, which are held in memory. 0 means DefaultScratch.
	Scratch Bytes
}

// IDCount is how many user and group ids a container has.
const IDCount = 1 << 16

// DefaultScratch is enough for the largest compilers. What programs write there counts as their memory.
const DefaultScratch = 1 * GiB

// unbounded is the cap of a directory in memory that the worker alone writes to, with what it was given.
const unbounded = 1 << 40

// scratchInodes caps the number of files in each scratch directory.
const scratchInodes = 64 << 10

// programID is the user and group of programs, inside. The container server is 0.
const programID = 1000

// toolchains are the host's directories and files that compilers and runtimes need, where they exist.
var toolchains = [...]string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt",
	"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
	"/etc/java*", "/etc/ssl/certs", "/etc/mono", "/etc/ghc*", "/etc/fpc*", "/etc/php", "/etc/R", "/etc/erlang",
	"/etc/gnucobol*", "/etc/nim", "/etc/racket", "/var/lib/ghc", "/var/lib/gems",
}

// DefaultMounts lists the toolchain directories of this host.
func DefaultMounts() []Mount {
	var mounts []Mount
	for _, pattern := range toolchains {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			panic("sandbox: toolchain pattern " + pattern + ": " + err.Error())
		}
		for _, p := range paths {
			if _, err := os.Stat(p); err == nil { // a dangling link is as good as nothing
				mounts = append(mounts, Mount{Source: p, Target: p})
			}
		}
	}
	return mounts
}

// scratchDirs are the directories in which programs can write.
var scratchDirs = [...]string{WorkDir, "/tmp", "/dev/shm"}

// devices are those without effect on the host.
var devices = [...]string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// JudgeDir is a directory of files that are there for one program, such as the input and answer of a test for a checker.
// What is put into it everybody can read and no program can change, and a reset removes it.
const JudgeDir = "/judge"

// links are the usual ones.
var links = [...]container.Link{
	{Path: "/dev/fd", Target: "/proc/self/fd"},
	{Path: "/dev/stdin", Target: "/proc/self/fd/0"},
	{Path: "/dev/stdout", Target: "/proc/self/fd/1"},
	{Path: "/dev/stderr", Target: "/proc/self/fd/2"},
	{Path: "/etc/mtab", Target: "/proc/self/mounts"},
}

// masked are the files of /proc that reveal something about the host, or change it.
var masked = [...]string{
	"/proc/acpi", "/proc/asound", "/proc/bus", "/proc/cmdline", "/proc/config.gz", "/proc/driver", "/proc/fs",
	"/proc/interrupts", "/proc/irq", "/proc/kallsyms", "/proc/kcore", "/proc/key-users", "/proc/keys",
	"/proc/kmsg", "/proc/kpagecgroup", "/proc/kpagecount", "/proc/kpageflags", "/proc/latency_stats",
	"/proc/modules", "/proc/mtrr", "/proc/pagetypeinfo", "/proc/pressure", "/proc/sched_debug", "/proc/schedstat", "/proc/scsi",
	"/proc/slabinfo", "/proc/softirqs", "/proc/sysrq-trigger", "/proc/sysvipc", "/proc/timer_list",
	"/proc/timer_stats", "/proc/vmallocinfo", "/proc/zoneinfo",
}

// defaultEnv is the environment of programs that are given none.
var defaultEnv = [...]string{
	"PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin", "HOME=" + WorkDir, "LANG=C.UTF-8",
}

// DefaultEnv is the environment of programs that are given none, as a list of the caller's own.
func DefaultEnv() []string { return slices.Clone(defaultEnv[:]) }

// WithVariables is an environment with variables beside those that it has, as a list of the caller's own. Of several of one
// name the last counts.
func WithVariables(env []string, variables ...string) []string {
	all := slices.Clone(env)
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		all = slices.DeleteFunc(all, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		all = append(all, v)
	}
	return all
}

// ScratchDirs are the directories in which programs can write: WorkDir, /tmp and /dev/shm.
func ScratchDirs() []string { return slices.Clone(scratchDirs[:]) }

// container is the configuration of the container server. account is set where there is no control group.
func (c *Config) container(account bool, counts userlimits.Counts) container.Config {
	conf := container.Config{
		HostName:      "gavel",
		WorkDir:       WorkDir,
		SymbolicLinks: links[:],
		MaskPaths:     masked[:],
		ReadOnlyPaths: []string{"/proc/sys"},
		Credential:    forkexec.Credential{UID: programID, GID: programID},
		DefaultEnv:    defaultEnv[:],
		Seccomp:       c.Filter,
		Account:       account,
		UserLimits:    counts.PerUser(c.Containers),
		RLimits:       counts.Inherited(c.Containers),
	}
	if c.sharedID() {
		conf.Credential, conf.SharedID = forkexec.Credential{}, true
	}
	conf.Mounts = append(conf.Mounts, c.Mounts...)
	for _, d := range devices {
		if account && d == "/dev/zero" {
			continue // mapped, it is shared memory that shows nowhere
		}
		conf.Mounts = append(conf.Mounts, container.Mount{Kind: container.MountBind, Source: d, Target: d, Writable: true})
	}
	conf.Mounts = append(conf.Mounts, container.Mount{Kind: container.MountProc, Target: "/proc"})
	conf.Mounts = append(conf.Mounts, container.Mount{
		Kind: container.MountTmpfs, Target: JudgeDir, Size: unbounded, Inodes: scratchInodes, Mode: 0o755,
	})
	size := c.Scratch
	if size == 0 {
		size = DefaultScratch
	}
	for _, dir := range scratchDirs {
		conf.Mounts = append(conf.Mounts, container.Mount{
			Kind: container.MountTmpfs, Target: dir, Size: int64(size), Inodes: scratchInodes, Mode: 0o755, Owned: true,
		})
	}
	return conf
}
