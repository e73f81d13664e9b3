package container

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// MountKind is what is mounted.
type MountKind uint8

// The kinds of mounts. A Mount that names none is a bind.
const (
	MountBind  MountKind = iota // Source of the host at Target
	MountTmpfs                  // an empty file system in memory, wiped by reset
	MountProc                   // the container's own /proc
)

// Mount is one mount of a container.
type Mount struct {
	Kind     MountKind
	Source   string // absolute on the host, for MountBind
	Target   string // absolute in the container; made when missing
	Writable bool   // a bind is read-only unless this says otherwise
	// Size and Inodes cap a tmpfs: bytes, and files with directories. Both must be positive.
	Size, Inodes int64
	// Mode is of a tmpfs' root directory; 0 means 0755. Owned makes it the program's.
	Mode  uint32
	Owned bool
}

// Link is a symbolic link in the container.
type Link struct {
	Path   string // absolute in the container
	Target string
}

// UserLimit is the most of something that the kernel counts for each user.
type UserLimit struct {
	Name string // of a file in /proc/sys/user
	Most uint64
}

// Config is what a container is set up with, once.
type Config struct {
	HostName      string
	WorkDir       string // of programs that name no directory
	Mounts        []Mount
	SymbolicLinks []Link
	// MaskPaths are hidden: a file reads as empty, a directory has nothing in it. Missing ones are skipped.
	MaskPaths []string
	// ReadOnlyPaths can be read but not written. Missing ones are skipped.
	ReadOnlyPaths []string
	// Credential is the program's user and group, in the container's own ids. 0 is refused, save with SharedID: it is
	// the server's.
	Credential forkexec.Credential
	// SharedID says that the host has no second id to give: the program runs under the server's own, 0, without
	// its capabilities. What another id holds off is then held off by other means; see sharedid.go.
	SharedID bool
	// Account makes finished tell what the program has used, where there are no control groups to ask.
	Account    bool
	DefaultEnv []string
	// UserLimits hold for each user of the container. One that the kernel does not know is left out.
	UserLimits []UserLimit
	// RLimits are of every program that does not get others for itself.
	RLimits []forkexec.RLimit
	// InitCommand runs once, as the container's root and with no limits, at the end of the configuration.
	// It must exit 0. Empty means none. It is for sites that have to prepare something inside; Gavel's pool has nothing
	// to run.
	InitCommand []string
	// Seccomp is the filter of every program. The server takes it on itself, so that programs inherit it and
	// no run pays for it; every call that the server needs must pass it.
	Seccomp []byte
	// RootSize caps the root file system, on which only the mount points and links live.
	RootSize int64
}

// containerConfig is the configuration inside the server.
type containerConfig = Config

// Validate returns an error that names everything that is wrong.
func (c *Config) Validate() error {
	var errs []error
	if !c.SharedID && (c.Credential.UID == 0 || c.Credential.GID == 0) {
		errs = append(errs, errors.New("credential: uid and gid 0 belong to the container server; name others"))
	}
	if len(c.Seccomp)%8 != 0 || len(c.Seccomp) > 4096*8 {
		errs = append(errs, fmt.Errorf("seccomp: %d bytes are not a filter of 1 to 4096 instructions", len(c.Seccomp)))
	}
	for _, p := range c.paths() {
		errs = append(errs, checkPath(p))
	}
	for _, m := range c.Mounts {
		errs = append(errs, m.validate())
	}
	for _, l := range c.UserLimits {
		if strings.Contains(l.Name, "/") || !strings.HasPrefix(l.Name, "max_") {
			errs = append(errs, fmt.Errorf("user limit %q: no name in /proc/sys/user", l.Name))
		}
	}
	return errors.Join(errs...)
}

// binds is the number of bind mounts.
func (c *Config) binds() int {
	n := 0
	for _, m := range c.Mounts {
		if m.Kind == MountBind {
			n++
		}
	}
	return n
}

func (c *Config) paths() []string {
	all := append([]string{c.WorkDir}, c.MaskPaths...)
	all = append(all, c.ReadOnlyPaths...)
	for _, l := range c.SymbolicLinks {
		all = append(all, l.Path)
	}
	for _, m := range c.Mounts {
		all = append(all, m.Target)
	}
	return all
}

func (m Mount) validate() error {
	switch m.Kind {
	case MountBind:
		return checkPath(m.Source)
	case MountTmpfs:
		if m.Size <= 0 || m.Inodes <= 0 {
			return fmt.Errorf("mount %s: a tmpfs needs a size and a number of inodes above 0", m.Target)
		}
		return nil
	case MountProc:
		return nil
	}
	return fmt.Errorf("mount %s: unknown kind %d", m.Target, m.Kind)
}

// checkPath accepts absolute, clean paths.
func checkPath(p string) error {
	if !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.IndexByte(p, 0) >= 0 {
		return fmt.Errorf("path %q: not absolute and clean", p)
	}
	return nil
}
