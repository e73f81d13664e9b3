package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Rootless is the ids of the host that a container of an ordinary user has besides the user's own: those assigned to
// the user in /etc/subuid and /etc/subgid. With both 0 there are none, and programs run under the id of the container
// server, which is the user's.
type Rootless struct{ ProgramUID, ProgramGID uint32 }

// sharedID reports whether programs run under the id of the container server.
func (c *Config) sharedID() bool { return c.Rootless != nil && c.Rootless.ProgramUID == 0 }

// start says how the container server is started, and in which control group of version 2; nil for that of the worker.
func (c *Config) start(cgroupDir *os.File) container.StartOptions {
	if c.Rootless == nil {
		return container.StartOptions{IDBase: c.IDBase, IDCount: IDCount, CPUs: c.CPUs, CgroupDir: cgroupDir}
	}
	return container.StartOptions{CPUs: c.CPUs, CgroupDir: cgroupDir, Rootless: &container.Rootless{
		ProgramUID: c.Rootless.ProgramUID, ProgramGID: c.Rootless.ProgramGID,
		InsideUID: programID, InsideGID: programID,
	}}
}

// Try makes a container server with these ids and ends it again.
func (r Rootless) Try() error {
	c, err := container.Start((&Config{Rootless: &r}).start(nil))
	if err != nil {
		return err
	}
	// It answers once it has its ids.
	return errors.Join(c.Ping(context.Background()), c.Close())
}

// owner is the container's root on the host.
func (c *Config) owner() (uid, gid int) {
	if c.Rootless != nil {
		return os.Geteuid(), os.Getegid()
	}
	return int(c.IDBase), int(c.IDBase)
}

// ErrNoNamespaces matches the error of a host that does not let ordinary users make containers. Its text has the remedy.
var ErrNoNamespaces = errors.New("this host keeps user namespaces from ordinary users")

// explain adds why an ordinary user was refused, if a kernel setting is the reason.
func (c *Config) explain(err error) error {
	refused := errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EUSERS)
	if c.Rootless == nil || !refused {
		return err
	}
	if mend := NamespaceRemedy(); mend != "" {
		return fmt.Errorf("%w: %s: %w", ErrNoNamespaces, mend, err)
	}
	return err
}

// NamespaceRemedy is how the administrator lets ordinary users make user namespaces; "" if no kernel setting forbids it.
func NamespaceRemedy() string {
	for _, s := range []struct{ file, off, remedy string }{
		{"kernel/unprivileged_userns_clone", "0", "as root, run: sysctl -w kernel.unprivileged_userns_clone=1"},
		{"user/max_user_namespaces", "0", "as root, run: sysctl -w user.max_user_namespaces=10000"},
		{
			"kernel/apparmor_restrict_unprivileged_userns", "1",
			"as root, run: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give gavel an AppArmor profile with \"userns,\"",
		},
	} {
		value, err := os.ReadFile("/proc/sys/" + s.file)
		if err == nil && strings.TrimSpace(string(value)) == s.off {
			return s.remedy
		}
	}
	return ""
}
