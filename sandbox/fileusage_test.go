package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// counted are generous limits under which files count as output.
func counted(output sandbox.Bytes) sandbox.Limits {
	l := generous()
	l.Output, l.Files = output, sandbox.FilesCounted
	return l
}

func TestFilesCounted(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name, script string
		want         sandbox.Bytes // of files; the output is "x" besides
	}{
		{"none", ``, 0},
		{"one byte", `printf y > f`, 1},
		{"one in each directory", `for d in /w /tmp /dev/shm; do printf yy > $d/f; done`, 6},
		{"a tree", `mkdir -p a/b/c; for d in a a/b a/b/c; do printf yyy > $d/f; done`, 9},
		{"many small ones", `i=0; while [ $i -lt 400 ]; do printf y > f$i; i=$((i+1)); done`, 400},
		{"one by two names", `printf yyyyy > f; ln f g; mkdir d; ln f d/h`, 5},
		{"links and pipes", `ln -s /usr l; ln -s /dev/zero z; mkfifo p; printf y > f`, 1},
		{"one that is removed", `printf yyyy > f; rm f; printf y > g`, 1},
		{"one with a hole", `truncate -s 100000 f`, 100000},
		{"one made shorter", `printf yyyyyyyy > f; truncate -s 3 f`, 3},
		{"what was there and is removed", `rm /w/given; printf yy > f`, 2},
		{"a directory closed to all", `mkdir d; printf y > d/f; chmod 0 d`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			reset(t, box)
			if err := box.Put(t.Context(), sandbox.File{Path: "given", Data: make([]byte, 5000)}); err != nil {
				t.Fatal(err)
			}
			res := run(t, box, sandbox.Command{Args: script(test.script + "\nprintf x"), Limits: counted(sandbox.MiB)})
			wantEnding(t, res, exited(0))
			if res.FileBytes != test.want || res.OutputBytes != test.want+1 {
				t.Errorf("FileBytes = %d, OutputBytes = %d, want %d and one more", res.FileBytes, res.OutputBytes, test.want)
			}
		})
	}
	reset(t, box)
	limits := generous()
	res := run(t, box, sandbox.Command{Args: script("printf yyy > f"), Limits: limits})
	if res.FileBytes != 0 || res.OutputBytes != 0 {
		t.Errorf("files that are not to be counted: %d, %d", res.FileBytes, res.OutputBytes)
	}
}

func TestFilesAtOutputLimit(t *testing.T) {
	box := newBox(t)
	res := run(t, box, sandbox.Command{Args: script("head -c 1048570 /dev/zero > f; printf 123456"), Limits: counted(sandbox.MiB)})
	wantEnding(t, res, exited(0))
	if res.OutputBytes != sandbox.MiB {
		t.Errorf("exactly the limit: %s", describe(res))
	}
	reset(t, box)
	res = run(t, box, sandbox.Command{Args: script("head -c 1048570 /dev/zero > f; printf 1234567"), Limits: counted(sandbox.MiB)})
	if res.KilledBy != sandbox.KillOutput {
		t.Errorf("one byte over the limit: %s", describe(res))
	}
}

func TestFilesOverOutputLimit(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct{ name, script string }{
		{"one file", `cat /dev/zero > /w/f; sleep 1000`},
		{"a file in /tmp", `cat /dev/zero > /tmp/f; sleep 1000`},
		{"a file in /dev/shm", `cat /dev/zero > /dev/shm/f; sleep 1000`},
		{"file after file", `i=0; while :; do head -c 100k /dev/zero > f$i; i=$((i+1)); done`},
		{"files and both streams", `head -c 300k /dev/zero; head -c 300k /dev/zero >&2; head -c 500k /dev/zero > f; sleep 1000`},
		{"a file that has no name", `exec 3> f; rm f; i=0; while [ $i -lt 100 ]; do head -c 100k /dev/zero >&3; i=$((i+1)); done; sleep 1000`},
		{"a descendant", `(setsid cat /dev/zero > f &); sleep 1000`},
		// The last, since no reset removes so many.
		{"more files than are looked at", `mkdir d; cd d; seq 3000 | xargs touch; for i in $(seq 3000); do printf y > $i; done; sleep 1000`},
	} {
		t.Run(test.name, func(t *testing.T) {
			reset(t, box)
			limits := counted(sandbox.MiB)
			limits.Memory = 64 * sandbox.MiB
			res := run(t, box, sandbox.Command{Args: script(test.script), Limits: limits})
			if res.KilledBy != sandbox.KillOutput || res.OOMKills != 0 || res.OutputBytes <= limits.Output && test.name != "a file that has no name" {
				t.Errorf("more than the limit of %d: %s", limits.Output, describe(res))
			}
			if res.Wall > 10*time.Second || res.PeakMemory > 48*sandbox.MiB {
				t.Errorf("found late: %s", describe(res))
			}
			alone(t, box)
		})
	}
}

// A run that is killed for its files is killed soon after they cross the limit.
func TestFilesKillIsPrompt(t *testing.T) {
	box := newBox(t)
	const text = `printf x; while :; do head -c 4k /dev/zero >> f$((i+=1)); done`
	limits := counted(100 * sandbox.KiB)
	res := run(t, box, sandbox.Command{Args: []string{"/bin/bash", "-c", text}, Limits: limits})
	wantEnding(t, res, killed(sandbox.KillOutput))
	// A process for each 4 KiB takes about a millisecond: 5 ms between two looks, and the rest for a busy machine.
	if res.FileBytes > 400*sandbox.KiB {
		t.Errorf("killed after %d bytes, want soon after %d", res.FileBytes, limits.Output)
	}
}

func TestFilesReadOnly(t *testing.T) {
	box := newBox(t)
	shut(t, box)
}

// shut checks that no write gets through a run with FilesReadOnly, and that the next one can write again.
func shut(t *testing.T, box *sandbox.Sandbox) {
	t.Helper()
	// What an earlier program did to the directories makes no difference.
	output(t, box, script("chmod 777 /w /tmp /dev/shm"))
	given := sandbox.File{Path: "given", Data: []byte("text"), Mode: 0o666}
	const attempts = `for d in /w /tmp /dev/shm /; do
		echo x > $d/f; mkdir $d/d; ln -s x $d/l; mkfifo $d/p; chmod 777 $d; mv /w/given $d/g; ln /w/given $d/h
	done 2>/dev/null; rm -f /w/given 2>/dev/null; cat /w/given
	ls -A /w /tmp /dev/shm | grep -v -e : -e '^$'`
	for range 2 {
		reset(t, box)
		if err := box.Put(t.Context(), given); err != nil {
			t.Fatal(err)
		}
		limits := generous()
		limits.Files = sandbox.FilesReadOnly
		res := run(t, box, sandbox.Command{Args: script(attempts), Limits: limits})
		wantEnding(t, res, exited(0))
		if got := strings.TrimSpace(string(res.Stdout)); got != "textgiven" {
			t.Errorf("after attempts to write there is %q, want the given file alone", got)
		}
		if err := box.Put(t.Context(), sandbox.File{Path: "/tmp/more", Data: []byte("more")}); err != nil {
			t.Errorf("Put() after it = %v", err)
		}
		if got := output(t, box, script("for d in /w /tmp /dev/shm; do echo x > $d/f; cat $d/f; done")); got != "x\nx\nx\n" {
			t.Errorf("the next program wrote %q", got)
		}
	}
	if got := output(t, box, script("stat -c %A-%U /w /tmp /dev/shm")); got != strings.Repeat("drwxr-xr-x-gavel\n", 3) &&
		got != strings.Repeat("drwxr-xr-x-root\n", 3) {
		t.Errorf("the directories are %q", got)
	}
	reset(t, box)
}

// Files that come and go while they are looked at do no harm.
func TestFilesChangingWhileCounted(t *testing.T) {
	box := newBox(t)
	text := `i=0; while [ $i -lt 60 ]; do mkdir -p a/b; head -c 400k /dev/zero > a/b/f; ln -s / a/s; mv a c; mv c a; rm -r a; ln -s /dev a; rm a; i=$((i+1)); done`
	limits := counted(500 * sandbox.KiB)
	res := run(t, box, sandbox.Command{Args: script(text), Limits: limits})
	wantEnding(t, res, exited(0))
	if res.FileBytes != 0 {
		t.Errorf("FileBytes = %d of files that are gone", res.FileBytes)
	}
}
