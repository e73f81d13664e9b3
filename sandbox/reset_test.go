package sandbox_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// census is everything that a program can find in the directories that it may write to.
const census = `for d in /w /tmp /dev/shm; do stat -c '%n %F %a %u %g %h %x %y' $d; done
	find /w /tmp /dev/shm /judge -mindepth 1 -printf '%p %y %m %u %s\n' | sort; df --output=iused,target /w /tmp /dev/shm
	/programs/xattr /w /tmp /dev/shm; umask; ulimit -Sa; ulimit -Ha
	grep flags /proc/self/fdinfo/0; flock -n /dev/null echo free`

// leftovers are what a program may leave behind, by how it does. Each must exit 0.
func leftovers() map[string][]string {
	return map[string][]string{
		"times":   script("touch -d 2020-02-20 /w /tmp; touch -ad 2021-02-20 /dev/shm"),
		"reading": script("ls /w /tmp /dev/shm"),
		"files":   script("for d in /w /tmp /dev/shm; do echo x > $d/file; echo x > $d/.hidden; done"),
		"weird names": script(`cd /tmp; touch -- -rf '*' ' ' "$(printf 'a\nb')" "$(printf '\377\376')" "$(printf '\033[2J')" ... .wipe-1999 .wipe-1998
			touch "$(head -c 255 /dev/zero | tr '\0' x)"; ls -A | wc -l`),
		"special files":                       script("cd /w; mkfifo fifo; ln -s /etc/passwd link; ln -s loop loop; ln -s / root; mknod pipe p; ln fifo hard"),
		"a thousand files":                    script("cd /w; mkdir d; cd d; seq 1000 | xargs touch"),
		"a deep tree":                         program("deep", "300"),
		"closed directories":                  script("cd /tmp; mkdir -p a/b c; touch a/b/x a/x; chmod 000 a/b a c"),
		"nested wide trees":                   script("cd /w; for i in $(seq 20); do mkdir -p $i/a $i/b/c; touch $i/a/x $i/b/c/y; done"),
		"changed modes":                       script("chmod 000 /w /tmp /dev/shm; chmod 1777 /w; chmod 4711 /tmp"),
		"a work directory that nobody enters": script("chmod 000 /w /tmp /dev/shm"),
		"background processes":                script("for i in 1 2 3; do sleep 1000 & done; (setsid sleep 1000 &)"),
		"a daemon":                            program("daemon"),
		"an abstract socket":                  program("abstract"),
		"a lock on a shared file":             script("flock -n /usr/bin/env sleep 1000 & sleep 0.1; exit 0"),
		"lowered limits and priority":         script("ulimit -n 5; ulimit -f 1; umask 0; nice true; exit 0"),
		"flags and a lock on standard input":  program("nonblock"),
		"a sparse file":                       script("truncate -s 200M /tmp/sparse"),
		"full inodes":                         script("cd /dev/shm; mkdir -p $(seq 900)"),
		"an open, deleted file":               script("exec 9> /tmp/gone; echo x >&9; rm /tmp/gone; sleep 1000 & exit 0"),
	}
}

func TestReset(t *testing.T) {
	box := newBox(t)
	want := output(t, box, script(census))
	reset(t, box)
	for name, args := range leftovers() {
		t.Run(name, func(t *testing.T) {
			output(t, box, args)
			alone(t, box)
			reset(t, box)
			if got := output(t, box, script(census)); got != want {
				t.Errorf("the next program finds\n%swant\n%s", got, want)
			}
			reset(t, box)
		})
	}
	lock, err := os.Open("/usr/bin/env")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Errorf("a lock on a shared file outlived its program: %v", err)
	}
}

func TestAbstractSocketsEndWithTheRun(t *testing.T) {
	box := newBox(t)
	for range 3 {
		if got := output(t, box, program("abstract")); got != "bound\n" {
			t.Fatalf("program said %q, want the name to be free", got)
		}
	}
}

// What a program killed in the middle of its work leaves is no different.
func TestResetAfterAKill(t *testing.T) {
	box := newBox(t)
	want := output(t, box, script(census))
	for _, text := range []string{
		"i=0; while [ $i -lt 300 ]; do i=$((i+1)); mkdir -p d$i/e; echo x > d$i/e/f; done; sleep 1000 & wait",
		"cat /dev/zero > /tmp/file & cat /dev/zero > /dev/shm/file & wait",
	} {
		reset(t, box)
		limits := generous()
		limits.Wall, limits.Memory = 500e6, 64*sandbox.MiB
		res := run(t, box, sandbox.Command{Args: script(text), Limits: limits})
		if res.KilledBy == sandbox.KillNone && res.OOMKills == 0 {
			t.Errorf("nothing was killed: %s", describe(res))
		}
		reset(t, box)
		if got := output(t, box, script(census)); got != want {
			t.Errorf("the next program finds\n%swant\n%s", got, want)
		}
	}
}

// Without the policy, programs can set attributes and access lists on the directories themselves.
func TestResetDropsAttributes(t *testing.T) {
	box := newUnfilteredBox(t)
	want := output(t, box, script(census))
	if set := output(t, box, program("xattr", "set", "/w", "/tmp")); strings.Count(set, "\n") == 0 {
		t.Skip("no attribute can be set on a tmpfs here")
	}
	reset(t, box)
	if got := output(t, box, script(census)); got != want {
		t.Errorf("the next program finds\n%swant\n%s", got, want)
	}
}

func TestResetGivesUpOnTooManyFiles(t *testing.T) {
	p := newPool(t, 1)
	for _, text := range []string{"seq 2500 | xargs touch", "i=0; while [ $i -lt 5 ]; do i=$((i+1)); mkdir d$i; (cd d$i; seq 500 | xargs touch); done"} {
		box, err := p.Lease(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		output(t, box, script(text))
		before := p.Stats()
		p.Release(box)
		fresh, err := p.Lease(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		after := p.Stats()
		if fresh == box || after.Discarded != before.Discarded+1 || after.Created != before.Created+1 || after.Resets != before.Resets {
			t.Errorf("2500 files left: statistics before %+v, after %+v, want a new container", before, after)
		}
		if got := output(t, fresh, script("ls -A /w")); got != "" {
			t.Errorf("the new container has %q", got)
		}
		p.Release(fresh)
	}
}

func TestFailedResetBreaksTheContainer(t *testing.T) {
	box := newUnfilteredBox(t)
	output(t, box, script("seq 2500 | xargs touch"))
	err := box.Reset(t.Context())
	if err == nil || !strings.Contains(err.Error(), "more than 2000 files") || !strings.Contains(err.Error(), "/w") {
		t.Errorf("Reset() = %v, want an error that says why and where", err)
	}
	if box.Broken() == nil {
		t.Error("Broken() = nil after a reset that failed")
	}
	if _, err := box.Run(t.Context(), sandbox.Command{Args: []string{"true"}}); err == nil {
		t.Error("Run() in a container that could not be reset succeeded")
	}
}
