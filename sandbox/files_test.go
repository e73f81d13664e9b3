package sandbox_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

func put(t testing.TB, box *sandbox.Sandbox, files ...sandbox.File) {
	t.Helper()
	if err := box.Put(t.Context(), files...); err != nil {
		t.Fatalf("Put() = %v", err)
	}
}

// read is what Open gives of a file.
func read(t testing.TB, box *sandbox.Sandbox, path string) string {
	t.Helper()
	f, err := box.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("Open(%q) = %v", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPutAndOpen(t *testing.T) {
	box := newBox(t)
	large := strings.Repeat("0123456789abcdef", 1<<16)
	put(t, box,
		sandbox.File{Path: "plain", Data: []byte("plain\n")},
		sandbox.File{Path: "empty"},
		sandbox.File{Path: "/tmp/dir/of/dirs/script", Mode: 0o755, Data: []byte("#!/bin/sh\necho script\n")},
		sandbox.File{Path: "secret", Mode: 0o600, Data: []byte("for the judge")},
		sandbox.File{Path: "large", Data: []byte(large)},
		sandbox.File{Path: "name with\nnewline", Data: []byte("x")},
	)
	if got, want := output(t, box, script(`cat plain empty; /tmp/dir/of/dirs/script; stat -c '%a %u' plain secret /tmp/dir/of /tmp/dir/of/dirs/script`)),
		"plain\nscript\n644 0\n600 0\n755 0\n755 0\n"; got != want {
		t.Errorf("program found %q, want %q", got, want)
	}
	if read(t, box, "large") != large || read(t, box, "/w/plain") != "plain\n" || read(t, box, "name with\nnewline") != "x" {
		t.Error("Open() gives something else than Put() was given")
	}
	if got := output(t, box, script(`cat secret 2>/dev/null; echo x 2>/dev/null >> plain; echo $?`)); got != "2\n" {
		t.Errorf("program could read or change files of the judge: %q", got)
	}
}

func TestPutMany(t *testing.T) {
	box := newBox(t)
	files := make([]sandbox.File, 300)
	for i := range files {
		files[i] = sandbox.File{Path: fmt.Sprintf("d%d/f%d", i%7, i), Data: fmt.Append(nil, i)}
	}
	put(t, box, files...)
	if got := output(t, box, script("find -type f | wc -l; cat d1/f1 d6/f293")); got != "300\n1293" {
		t.Errorf("program found %q", got)
	}
}

func TestPutOverWhatAProgramMade(t *testing.T) {
	box := newBox(t)
	output(t, box, script("echo old and longer > file; chmod 444 file; echo target > target; ln -s target link; mkfifo fifo; mkdir dir real; ln -s real way"))
	put(t, box, sandbox.File{Path: "file", Data: []byte("new\n"), Mode: 0o640})
	// The program's own file stays its own, and is replaced in content and mode.
	if got := output(t, box, script("cat file; stat -c %a file")); got != "new\n640\n" {
		t.Errorf("after Put() the file holds %q", got)
	}
	for path, want := range map[string]error{"link": unix.ELOOP, "fifo": unix.ENXIO, "dir": unix.EISDIR, "way/file": unix.ELOOP, "file/below": unix.ENOTDIR} {
		err := box.Put(t.Context(), sandbox.File{Path: path, Data: []byte("x")})
		if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("Put(%q) = %v, want %v and the name", path, err, want)
		}
	}
	if got := output(t, box, script("cat target; ls real")); got != "target\n" {
		t.Errorf("Put() went through a link: %q", got)
	}
}

func TestOpenErrors(t *testing.T) {
	box := newBox(t)
	output(t, box, script("mkfifo fifo; ln -s /etc/passwd link; mkdir dir"))
	for path, want := range map[string]error{
		"none": fs.ErrNotExist, "fifo": unix.EINVAL, "link": unix.ELOOP, "dir": unix.EINVAL, "/dev/null": unix.EINVAL,
		"/proc/self/exe": unix.ELOOP, "../etc/none": fs.ErrNotExist,
	} {
		if f, err := box.Open(t.Context(), path); !errors.Is(err, want) {
			t.Errorf("Open(%q) = %v, %v, want %v", path, f, err, want)
		}
	}
	usable(t, box)
}

func TestCollect(t *testing.T) {
	box := newBox(t)
	output(t, box, script(`mkdir -p out/a/b && cd out && printf 1 > z && printf 22 > a/b/file && chmod 755 a/b/file && : > a/empty &&
		ln -s /etc/passwd link && ln -s a dirlink && mkfifo fifo && printf x > "$(printf 'odd\n\377')" && printf s > secret && chmod 000 secret`))
	got, err := box.Collect(t.Context(), "out", sandbox.KiB)
	if err != nil {
		t.Fatal(err)
	}
	want := []sandbox.File{
		{Path: "a/b/file", Mode: 0o755, Data: []byte("22")},
		{Path: "a/empty", Mode: 0o644, Data: []byte{}},
		{Path: "odd\n\xff", Mode: 0o644, Data: []byte("x")},
		{Path: "secret", Data: []byte("s")},
		{Path: "z", Mode: 0o644, Data: []byte("1")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Collect() differs (-want +got):\n%s", diff)
	}
}

func TestCollectBounds(t *testing.T) {
	box := newBox(t)
	output(t, box, script("mkdir size many deep && head -c 1000 /dev/zero > size/a && cp size/a size/b && truncate -s 200M size/sparse"))
	for _, limit := range []sandbox.Bytes{0, 999, 1999, 2000} {
		if _, err := box.Collect(t.Context(), "size", limit); !errors.Is(err, unix.EFBIG) {
			t.Errorf("Collect() of a sparse 200 MiB with a limit of %d = %v, want EFBIG", limit, err)
		}
	}
	output(t, box, script("rm size/sparse; d=deep; i=0; while [ $i -lt 80 ]; do mkdir -p $d/x; d=$d/x; i=$((i+1)); done"))
	if files, err := box.Collect(t.Context(), "size", 2000); err != nil || len(files) != 2 {
		t.Errorf("Collect() of 2000 bytes with that limit = %d files, %v", len(files), err)
	}
	if _, err := box.Collect(t.Context(), "deep", sandbox.MiB); err == nil || !strings.Contains(err.Error(), "64 directories deep") {
		t.Errorf("Collect() of 80 directories in each other = %v, want an error", err)
	}
	output(t, box, script("cd many; seq 10001 | xargs touch"))
	if _, err := box.Collect(t.Context(), "many", sandbox.MiB); !errors.Is(err, unix.EFBIG) {
		t.Errorf("Collect() of 10001 files = %v, want EFBIG", err)
	}
	if _, err := box.Collect(t.Context(), "none", sandbox.MiB); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Collect() of a missing directory = %v, want fs.ErrNotExist", err)
	}
}

func TestContainerHasItsFiles(t *testing.T) {
	box := newBox(t)
	if got := output(t, box, script("cat /etc/passwd; ls -A /judge; echo end")); !strings.HasPrefix(got, "root:x:0:0") || !strings.Contains(got, "gavel:x:1000:1000::/w") || !strings.HasSuffix(got, "/bin/sh\nend\n") {
		t.Errorf("container has %q", got)
	}
}

// A file for one program is the same under its name for every process of it, whatever descriptors it has; no program
// changes it, none learns where it came from, and after a reset it is gone.
func TestFilesFromTheHost(t *testing.T) { filesFromTheHost(t, newBox(t)) }

func filesFromTheHost(t *testing.T, box *sandbox.Sandbox) {
	name := filepath.Join(t.TempDir(), "secret-07.in")
	large := strings.Repeat("0123456789abcde\n", 1<<17)
	if err := os.WriteFile(name, []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, name)
	if _, err := f.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	memory := memFile(t, "7\n")
	put(t, box, sandbox.File{Path: sandbox.JudgeDir + "/input", Mode: 0o444, From: f}, sandbox.File{Path: sandbox.JudgeDir + "/answer", Mode: 0o444, From: memory})
	for range 2 { // it stays as it is from run to run
		got := output(t, box, script(`cd /judge; exec 3</etc/passwd 4<&3 5<&3 9<input
			for f in input answer; do realpath $f; setsid sh -c "exec 3<&-; wc -c <$f; head -n 1 /judge/$f"; done
			(echo x >answer; echo x >>input; true >/judge/new; rm -f input; mv answer other; ln input more; chmod 777 . input
			ln -s /etc/passwd link; mkdir d; echo x >/proc/self/fd/9; truncate -s 0 /judge/input; touch input) >/dev/null 2>&1
			ls -A /judge; ls -l /proc/self/fd | grep -c secret; cat /proc/self/fdinfo/9 /proc/self/mountinfo | grep -c secret; true`))
		if want := "/judge/input\n2097152\n0123456789abcde\n/judge/answer\n2\n7\nanswer\ninput\n0\n0\n"; got != want {
			t.Errorf("program found %q, want %q", got, want)
		}
	}
	if got := read(t, box, sandbox.JudgeDir+"/input"); got != large {
		t.Errorf("the file has %d bytes, and is another", len(got))
	}
	reset(t, box)
	if got := output(t, box, script("ls -A /judge; stat -c %a /judge; touch /judge/x 2>/dev/null || echo no; mount | grep -c judge/; true")); got != "755\nno\n0\n" {
		t.Errorf("after the reset: %q", got)
	}
}

func TestOpenNameless(t *testing.T) {
	box := newBox(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "secret-07.in")
	if err := os.WriteFile(path, []byte("7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	input, err := sandbox.OpenNameless(path)
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	const text = `readlink /proc/self/fd/0; ls -l /proc/self/fd | grep -c secret; cat /proc/self/fdinfo/0 /proc/self/mountinfo | grep -c secret; cat; cat /proc/self/fd/0`
	res := run(t, box, sandbox.Command{Args: script(text), Stdin: input, Limits: generous()})
	if got, want := string(res.Stdout), "/\n0\n0\n7\n7\n"; got != want {
		t.Errorf("program found %q, want %q", got, want)
	}
	if _, err := sandbox.OpenNameless(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenNameless() of a file that is not there = %v", err)
	}
}
