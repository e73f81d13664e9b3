package sandbox_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// refusals are what the kernel may say to a forbidden attempt. EFAULT or EINVAL would mean that it looked at
// the arguments, so that better ones might have worked. ENOSPC is the answer to a user namespace where none may be
// made (user_namespaces(7)).
const refusals = " EPERM EACCES ENOSYS ESRCH EROFS EOPNOTSUPP EAFNOSUPPORT ENOSPC "

func TestForbiddenAttempts(t *testing.T) {
	for _, test := range []struct {
		name string
		box  func(testing.TB) *sandbox.Sandbox
		args []string
		more int // attempts at least
	}{
		{"with the seccomp policy", newBox, program("attempt"), 75},
		{"without it", newUnfilteredBox, program("attempt", "unfiltered"), 55},
	} {
		t.Run(test.name, func(t *testing.T) {
			box := test.box(t)
			lines := strings.Split(strings.TrimSuffix(output(t, box, test.args), "\n"), "\n")
			for _, line := range lines {
				name, answer, _ := strings.Cut(line, ": ")
				ok := strings.Contains(refusals, " "+answer+" ")
				// Other users' processes are not even to be seen in /proc.
				hidden := answer == "ENOENT" && strings.HasSuffix(name, "of pid 1")
				if !ok && !hidden {
					t.Errorf("attempt to %s: %s, want a refusal", name, answer)
				}
			}
			if len(lines) < test.more {
				t.Errorf("%d attempts made, want at least %d", len(lines), test.more)
			}
			reset(t, box)
			usable(t, box)
		})
	}
}

func TestNoNetwork(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for name, newBox := range map[string]func(testing.TB) *sandbox.Sandbox{"with the seccomp policy": newBox, "without it": newUnfilteredBox} {
		t.Run(name, func(t *testing.T) {
			box := newBox(t)
			got := output(t, box, program("connect", port))
			if strings.Contains(got, "connected") || strings.Count(got, "\n") != 2 {
				t.Errorf("program in the container: %q, want no connection", got)
			}
			if got := output(t, box, script("cat /proc/net/dev /proc/net/unix")); strings.Contains(got, "eth") || strings.Contains(got, "@gavel-index") {
				t.Errorf("the container sees the host's network: %q", got)
			}
		})
	}
	// The same program does connect on the host.
	out, err := exec.Command(filepath.Join(os.Getenv(programsEnv), "connect"), port).Output()
	if err != nil || !strings.Contains(string(out), "IPv4: connected") {
		t.Errorf("program on the host: %q, %v, want a connection", out, err)
	}
}

func TestNoFilesOfTheHost(t *testing.T) {
	box := newBox(t)
	dir, err := os.MkdirTemp("", "gavel-canary-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	canary := filepath.Join(dir, "canary")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(canary, []byte("sings"), 0o644)); err != nil {
		t.Fatal(err)
	}
	got := output(t, box, script(`for p in "$1" /proc/self/root/"$1" /proc/1/root/"$1" /../.."$1" /proc/self/cwd/../.."$1"; do cat "$p" 2>/dev/null; done
		ls -A /var /var/lib 2>/dev/null | grep -vE '^(/var.*|lib|ghc|gems|)$'
		ls -A /proc/pressure 2>/dev/null
		ls / | grep -E '^(home|root|work|boot|sys|run|srv|mnt|media)$'; ls -A /w /tmp /dev/shm | grep -v :; cat /etc/shadow /etc/hostname 2>/dev/null; true`, canary))
	if strings.TrimSpace(got) != "" {
		t.Errorf("the container sees of the host: %q", got)
	}
	got = output(t, box, script("ls -A /proc/keys /proc/kcore /proc/sysrq-trigger /proc/timer_list /proc/driver 2>/dev/null; cat /proc/cmdline /proc/keys /proc/modules /proc/sysvipc/shm 2>/dev/null; grep -c "+filepath.Dir(canary)+" /proc/self/mountinfo"+"; true"))
	if strings.Contains(got, "sings") || strings.Contains(got, "root=") || !strings.HasSuffix(got, "0\n") {
		t.Errorf("the container's /proc tells of the host: %q", got)
	}
}

func TestNoProcessesOfTheHost(t *testing.T) {
	box := newBox(t)
	got := output(t, box, script("cd /proc; for p in [0-9]*; do cat $p/comm; done; ls -d /proc/1 2>&1; true"))
	if !strings.HasPrefix(got, "sh\n") || strings.Count(got, "\n") > 3 || !strings.Contains(got, "No such file") {
		t.Errorf("program sees the processes %q, want itself and what it runs", got)
	}
	got = output(t, box, script("kill -0 -1 2>&1; for p in $(seq 1 300); do [ $p = $$ ] || kill -0 $p 2>/dev/null && [ $p != $$ ] && echo can signal $p; done; true"))
	if strings.Contains(got, "can signal") {
		t.Errorf("program %q", got)
	}
}

func TestNoPrivileges(t *testing.T) {
	box := newBox(t)
	got := output(t, box, []string{"grep", "-E", "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)", "/proc/self/status"})
	want := `Uid:	1000	1000	1000	1000
Gid:	1000	1000	1000	1000
Groups:	 
CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
`
	if got != want {
		t.Errorf("program has\n%swant\n%s", got, want)
	}
	got = output(t, box, script("find / -xdev -perm /6000 -type f 2>/dev/null | head -3; grep -vE 'nosuid' /proc/self/mounts; true"))
	for line := range strings.Lines(got) {
		t.Errorf("a mount without nosuid, or a set-uid file outside one: %q", line)
	}
}

func TestUIDsOfTheHost(t *testing.T) {
	p := newPool(t, 2)
	seen := map[string]string{"0": "the worker"}
	for i := range 2 {
		box, err := p.Lease(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, w := pipe(t)
		wait := backgroundError(t, box, sandbox.Command{Args: []string{"cat"}, Stdin: r, Limits: generous()})
		for _, pid := range members(t, box.Pid()) {
			who := fmt.Sprintf("program of container %d", i)
			if pid == box.Pid() {
				who = fmt.Sprintf("server of container %d", i)
			}
			ids := uids(t, pid)
			for _, id := range ids {
				if id != ids[0] {
					t.Errorf("%s has the uids %v, want all the same", who, ids)
				}
			}
			if other, ok := seen[ids[0]]; ok && other != who {
				t.Errorf("%s has the uid of %s, %s", who, other, ids[0])
			}
			seen[ids[0]] = who
		}
		if err := errors.Join(w.Close(), wait()); err != nil {
			t.Error(err)
		}
		defer p.Release(box)
	}
	if len(seen) != 5 {
		t.Errorf("uids on the host: %v, want five, all different", seen)
	}
}

func TestNoEnvironmentOfTheWorker(t *testing.T) {
	t.Setenv("GAVEL_TEST_SECRET", "hidden-in-the-environment")
	box := newBox(t)
	got := output(t, box, script("env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; grep -rs hidden-in-the /etc /w /tmp /dev/shm /proc/self/mounts"+"; true"))
	if strings.Contains(strings.ReplaceAll(got, "grep -rs hidden-in-the", ""), "hidden-in-the-environment") {
		t.Errorf("program found the worker's environment in %q", got)
	}
	// Nor has the container server it, whose memory is the nearest.
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", box.Pid()))
	if err != nil || strings.Contains(string(data), "hidden-in-the-environment") {
		t.Errorf("environment of the container server: %q, %v", data, err)
	}
}

// One container's files and processes are nothing to its neighbour.
func TestNeighboursAreApart(t *testing.T) {
	p := newPool(t, 2)
	var boxes [2]*sandbox.Sandbox
	for i := range boxes {
		box, err := p.Lease(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Release(box)
		boxes[i] = box
	}
	wait := backgroundError(t, boxes[0], sandbox.Command{Args: []string{"sh", "-c", "echo mine > /tmp/note; echo mine > /dev/shm/note; sleep 1000"}, Limits: sandbox.Limits{Wall: time.Second}})
	got := output(t, boxes[1], script("cat /tmp/note /dev/shm/note 2>/dev/null; grep -s sleep /proc/[0-9]*/comm; true"))
	if got != "" {
		t.Errorf("the neighbour sees %q", got)
	}
	if err := wait(); err != nil {
		t.Error(err)
	}
}

// What the worker was given of the host's attention, in either direction, is not passed on.
func TestPriorityOfPrograms(t *testing.T) {
	box := newBox(t)
	for file, want := range map[string]string{"nice": "0\n", "cat /proc/self/oom_score_adj": "1000\n"} {
		if res := run(t, box, sandbox.Command{Args: []string{"/bin/sh", "-c", file}}); string(res.Stdout) != want {
			t.Errorf("%s printed %q, want %q", file, res.Stdout, want)
		}
	}
}
