package sandboxtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The ids of ordinary users that exist on no host, and the first of those that are made over to them. Tests that
// run at the same time have users of their own: there are limits and quotas for each.
const (
	firstOrdinary = 61_184
	manyOrdinary  = 4000
	subFirst      = 1_880_000_000
	subCount      = 1000
)

// Ordinary runs programs as an ordinary user made for the test, who is gone with it.
type Ordinary struct {
	Home string // belongs to the user; also the state directory of what it runs
	// Delegated gives every command a control group of its own, as systemd-run --user --scope -p Delegate=yes
	// does. It needs Delegable.
	Delegated bool
	id        int
	dir       string
	sub       bool
	groups    int // made so far
}

// NewOrdinary makes the user. With subIDs ids are made over to it, in a mount namespace of what it runs, so that
// the host's /etc stays as it is. It needs root, and with subIDs the programs unshare, mount, newuidmap.
func NewOrdinary(t testing.TB, subIDs bool) *Ordinary {
	t.Helper()
	dir := t.TempDir()
	o := &Ordinary{Home: filepath.Join(dir, "home"), id: firstOrdinary + os.Getpid()%manyOrdinary, dir: dir, sub: subIDs}
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755), os.Mkdir(o.Home, 0o755), os.Chown(o.Home, o.id, o.id), o.writeAccounts()); err != nil {
		t.Fatal(err)
	}
	return o
}

// writeAccounts writes what is laid over the files of /etc.
func (o *Ordinary) writeAccounts() error {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return err
	}
	passwd = fmt.Appendf(passwd, "gavelordinary:x:%d:%d::%s:/bin/sh\n", o.id, o.id, o.Home)
	ids := fmt.Appendf(nil, "gavelordinary:%d:%d\n", subFirst+(o.id-firstOrdinary)*subCount, subCount)
	return errors.Join(
		os.WriteFile(filepath.Join(o.dir, "passwd"), passwd, 0o644),
		os.WriteFile(filepath.Join(o.dir, "subuid"), ids, 0o644),
		os.WriteFile(filepath.Join(o.dir, "subgid"), ids, 0o644),
	)
}

// Binary copies this test binary to where the user can execute it.
func (o *Ordinary) Binary(t testing.TB) string {
	t.Helper()
	to := filepath.Join(o.dir, "gavel") // under which name the binary of package worker plays gavel
	if err := copyFile(to, "/proc/self/exe"); err != nil {
		t.Fatal(err)
	}
	return to
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Command is a command of the user, with a small environment and env on top of it.
func (o *Ordinary) Command(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	var lay strings.Builder
	if o.sub {
		for _, name := range []string{"passwd", "subuid", "subgid"} {
			// A host without the package has no such files to lay anything over.
			lay.WriteString(fmt.Sprintf("touch -a /etc/%s && mount --bind %s/%s /etc/%s && ", name, o.dir, name, name))
		}
	}
	lay.WriteString(fmt.Sprintf(`exec setpriv --reuid %d --regid %d --clear-groups "$@"`, o.id, o.id))
	cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"--mount", "sh", "-c", lay.String(), "sh"}, args...)...)
	cmd.Dir = o.Home
	if o.Delegated {
		o.groups++
		cmd.SysProcAttr = delegate(t, fmt.Sprintf("gaveltest-%d-%d", os.Getpid(), o.groups), o.id)
	}
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + o.Home, "XDG_STATE_HOME=" + filepath.Join(o.Home, "state"), "TMPDIR=" + o.Home,
		"GAVEL_SLOWNESS=" + os.Getenv("GAVEL_SLOWNESS"),
	}, env...)
	return cmd
}
