package sandbox_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/sandbox"
)

func TestStreams(t *testing.T) {
	box := newBox(t)
	for _, test := range []struct {
		name           string
		args           []string
		stdout, stderr string
	}{
		{"apart", script("echo out; echo err >&2"), "out\n", "err\n"},
		{"by name", script("cat /dev/stdin; echo a >/dev/stdout; echo b >/dev/stderr; echo c >>/dev/fd/1; echo d >/proc/self/fd/2"), "a\nc\n", "b\nd\n"},
		{"by name, in a child", script("(setsid sh -c 'exec 3>/dev/stdout; echo a >&3; cat </dev/stdin >/dev/stderr')"), "a\n", ""},
		{"nothing", script(":"), "", ""},
		{"no input", script("wc -c"), "0\n", ""},
		{"late, by a child, after the first process closed its own", script("(sleep 0.1; echo late) & exec >&-; wait"), "late\n", ""},
		{"nothing of what comes after the end", script("(sleep 0.2; echo never) & echo now"), "now\n", ""},
		{"all of a large one", script("head -c 900000 /dev/zero | tr '\\0' a; echo b"), strings.Repeat("a", 900000) + "b\n", ""},
		{"bytes that are no text", script(`printf '\377\000\376'`), "\xff\x00\xfe", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := run(t, box, sandbox.Command{Args: test.args})
			wantEnding(t, res, exited(0))
			if string(res.Stdout) != test.stdout || string(res.Stderr) != test.stderr {
				t.Errorf("wrote %.100q and %.100q, want %.100q and %.100q", res.Stdout, res.Stderr, test.stdout, test.stderr)
			}
			if want := sandbox.Bytes(len(test.stdout) + len(test.stderr)); res.OutputBytes != want {
				t.Errorf("OutputBytes = %d, want %d", res.OutputBytes, want)
			}
		})
	}
}

// What is kept of a large output is its beginning, whatever was expected, and no more memory is taken than it may need.
func TestLargeOutput(t *testing.T) {
	box := newBox(t)
	const lines = 700_000
	var want strings.Builder
	for i := range lines {
		fmt.Fprintln(&want, i+1)
	}
	for _, test := range []struct{ expected, capture, room sandbox.Bytes }{
		{0, 0, 16 * sandbox.MiB},
		{1, 0, 16 * sandbox.MiB},
		{sandbox.Bytes(want.Len()), 0, sandbox.Bytes(want.Len()) + 64*sandbox.KiB},
		{sandbox.GiB, 0, 32 * sandbox.MiB}, // the limit of output
		{sandbox.GiB, sandbox.MiB, sandbox.MiB},
		{0, 256*sandbox.KiB + 1, 512 * sandbox.KiB},
		{0, 1000, 64 * sandbox.KiB},
	} {
		limits := generous()
		limits.Output = 32 * sandbox.MiB
		res := run(t, box, sandbox.Command{
			Args: script(fmt.Sprintf("seq %d; seq %[1]d >&2", lines)), Limits: limits, ExpectedOutput: test.expected, Capture: test.capture,
		})
		wantEnding(t, res, exited(0))
		kept := want.String()
		if test.capture > 0 {
			kept = kept[:test.capture]
		}
		if string(res.Stdout) != kept || string(res.Stderr) != kept {
			t.Errorf("%+v: %d and %d bytes are kept, or others than were written; want the first %d", test, len(res.Stdout), len(res.Stderr), len(kept))
		}
		if res.OutputBytes != 2*sandbox.Bytes(want.Len()) {
			t.Errorf("%+v: OutputBytes = %d, want %d", test, res.OutputBytes, 2*want.Len())
		}
		if room := sandbox.Bytes(cap(res.Stdout)); room > test.room {
			t.Errorf("%+v: there is room for %d bytes of %d", test, room, len(res.Stdout))
		}
	}
}

func TestClosedStreams(t *testing.T) {
	box := newBox(t)
	wantEnding(t, run(t, box, sandbox.Command{Args: script("exec <&- >&- 2>&-; sleep 0.05; exit 5")}), exited(5))
	wantEnding(t, run(t, box, sandbox.Command{Args: script("exec <&- >&- 2>&-; exec sleep 1000"), Limits: sandbox.Limits{Wall: 100e6}}), killed(sandbox.KillWall))
	usable(t, box)
}

// Standard input is read from where the file stands, and left where the program stopped reading.
func TestStdinFromItsOffset(t *testing.T) {
	box := newBox(t)
	name := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(3, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	res := run(t, box, sandbox.Command{Args: script("head -c 4"), Stdin: f})
	if string(res.Stdout) != "3456" {
		t.Errorf("program read %q, want 3456", res.Stdout)
	}
	// The file is the worker's own, readable by root alone; nothing but the descriptor opens it.
	res = run(t, box, sandbox.Command{Args: script("cat " + name + "; cat /proc/self/fd/0"), Stdin: f})
	if strings.Contains(string(res.Stdout), "0123") {
		t.Errorf("program read %q by name", res.Stdout)
	}
}

func TestMemFileCannotBeChanged(t *testing.T) {
	box := newBox(t)
	input := memFile(t, "input")
	res := run(t, box, sandbox.Command{
		Args:  script("cat; echo x > /dev/stdin; echo x >&0; echo x >> /proc/self/fd/0; truncate -s 0 /proc/self/fd/0; true"),
		Stdin: input,
	})
	data, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", input.Fd()))
	if err != nil || string(data) != "input" || string(res.Stdout) != "input" {
		t.Errorf("program read %q, and left %q, %v, want input", res.Stdout, data, err)
	}
}

func TestStreamsToFiles(t *testing.T) {
	box := newBox(t)
	r, w := pipe(t)
	res := run(t, box, sandbox.Command{Args: script("echo to the pipe; echo kept >&2"), Stdout: w})
	if res.Stdout != nil || string(res.Stderr) != "kept\n" || res.OutputBytes != 5 {
		t.Errorf("with Stdout given: %s", describe(res))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(r); err != nil || string(data) != "to the pipe\n" {
		t.Errorf("the pipe has %q, %v", data, err)
	}
}

// What is written comes while the program runs, no more of it than is asked for, and all of it is counted.
func TestLiveStreams(t *testing.T) {
	box := newBox(t)
	r, w := pipe(t)
	var out, err []byte
	res := run(t, box, sandbox.Command{
		Args: script("echo first; read answer; echo $answer >&2; head -c 100000 /dev/zero"), Stdin: r, Capture: 1000,
		Live: func(from sandbox.Stream, data []byte) {
			if from == sandbox.StandardError {
				err = append(err, data...)
				return
			}
			if out = append(out, data...); string(out) == "first\n" {
				if _, err := w.WriteString("second\n"); err != nil { // the program waits for it
					t.Error(err)
				}
			}
		},
	})
	wantEnding(t, res, exited(0))
	if want := "first\n" + strings.Repeat("\x00", 994); string(out) != want || string(err) != "second\n" {
		t.Errorf("came live: %d bytes %.20q, and %q", len(out), out, err)
	}
	if res.Stdout != nil || res.Stderr != nil || res.OutputBytes != 100013 {
		t.Errorf("kept as well: %s", describe(res))
	}
}

func TestExtraFiles(t *testing.T) {
	box := newBox(t)
	files := []*os.File{memFile(t, "three"), memFile(t, "four"), memFile(t, "five")}
	res := run(t, box, sandbox.Command{Args: script("cat <&5; cat <&4"), ExtraFiles: files})
	if string(res.Stdout) != "fivefour" {
		t.Errorf("program read %q: %s", res.Stdout, describe(res))
	}
}

func TestInheritedDescriptors(t *testing.T) {
	box := newBox(t)
	// What is open in the worker, without close-on-exec even, is nothing to the program.
	leak, err := os.Open("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	defer leak.Close()
	_ = leak.Fd()
	for _, test := range []struct {
		extra int
		want  string
	}{{0, "0\n1\n2\n"}, {2, "0\n1\n2\n3\n4\n"}} {
		var files []*os.File
		for range test.extra {
			files = append(files, memFile(t, "x"))
		}
		res := run(t, box, sandbox.Command{Args: program("descriptors"), ExtraFiles: files})
		if string(res.Stdout) != test.want {
			t.Errorf("with %d more files the program has the descriptors %q, want %q", test.extra, res.Stdout, test.want)
		}
	}
	exe, err := os.Open(os.Getenv(programsEnv) + "/descriptors")
	if err != nil {
		t.Fatal(err)
	}
	defer exe.Close()
	res := run(t, box, sandbox.Command{Args: []string{"d"}, Executable: exe})
	if string(res.Stdout) != "0\n1\n2\n" {
		t.Errorf("executed by descriptor, the program has the descriptors %q", res.Stdout)
	}
}
