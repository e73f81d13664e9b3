package container

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// create is what a file is put with.
func create(path string) OpenCmd {
	return OpenCmd{Path: path, Flag: unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC, Perm: 0o644}
}

// openOne opens one file, and insists that it takes no time to speak of.
func openOne(t testing.TB, c *Client, o OpenCmd) (*os.File, error) {
	t.Helper()
	opened, err := c.Open(t.Context(), []OpenCmd{o})
	if err != nil {
		t.Fatalf("Open(%q) = %v, want an answer for the item", o.Path, err)
	}
	return opened[0].File, opened[0].Err
}

func put(t testing.TB, c *Client, path, data string) {
	t.Helper()
	f, err := openOne(t, c, create(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(data); err != nil {
		t.Fatal(err)
	}
}

func TestOpenThousand(t *testing.T) {
	c := ready(t)
	items := make([]OpenCmd, 1000)
	for i := range items {
		items[i] = create(fmt.Sprintf("/w/%03d", i))
		if i%10 == 9 {
			items[i].Path = fmt.Sprintf("/missing/%03d", i)
		}
	}
	opened, err := c.Open(t.Context(), items)
	if err != nil || len(opened) != len(items) {
		t.Fatalf("Open() of 1000 = %d answers, %v", len(opened), err)
	}
	for i, o := range opened {
		if i%10 == 9 {
			if !errors.Is(o.Err, unix.ENOENT) || o.File != nil {
				t.Errorf("file %d: %v, %v, want no file and ENOENT", i, o.File, o.Err)
			}
			continue
		}
		if o.Err != nil {
			t.Fatalf("file %d: %v", i, o.Err)
		}
		if _, err := fmt.Fprint(o.File, i); err != nil {
			t.Fatal(err)
		}
		if err := o.File.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := mustSh(t, c, "cat /w/000 /w/577 /w/998; ls /w | wc -l"); got != "0577998900\n" {
		t.Errorf("container has %q, want the files in their order", got)
	}
}

// What a program leaves behind must neither hold up the worker nor show it something else.
func TestOpenRefuses(t *testing.T) {
	c := ready(t)
	put(t, c, "/w/file", "data")
	mustSh(t, c, `cd /w && mkfifo fifo && mkdir dir dir/sub && echo real > dir/real && ln -s file link &&
		ln -s /etc/passwd out && ln -s dir dirlink && ln -s loop loop && ln -s /proc/1/environ env`)
	for _, test := range []struct {
		name string
		o    OpenCmd
		want error
	}{
		{"a FIFO to read", OpenCmd{Path: "/w/fifo"}, unix.EINVAL},
		{"a FIFO to write", create("/w/fifo"), unix.ENXIO},
		{"a directory", OpenCmd{Path: "/w/dir"}, unix.EINVAL},
		{"a directory to write", create("/w/dir"), unix.EISDIR},
		{"a device", OpenCmd{Path: "/dev/null"}, unix.EINVAL},
		{"a link", OpenCmd{Path: "/w/link"}, unix.ELOOP},
		{"a link to write", create("/w/link"), unix.ELOOP},
		{"a link out", OpenCmd{Path: "/w/out"}, unix.ELOOP},
		{"a link to itself", OpenCmd{Path: "/w/loop"}, unix.ELOOP},
		{"a link to pid 1's environment", OpenCmd{Path: "/w/env"}, unix.ELOOP},
		{"below a link", OpenCmd{Path: "/w/dirlink/real"}, unix.ELOOP},
		{"a directory that is a link", OpenCmd{Path: "/w/dirlink", Dir: true}, unix.ELOOP},
		{"making parents through a link", OpenCmd{Path: "/w/dirlink/new/x", Flag: unix.O_WRONLY | unix.O_CREAT, Perm: 0o644, Parents: true}, unix.ELOOP},
		{"a file as a directory", OpenCmd{Path: "/w/file", Dir: true}, unix.ENOTDIR},
		{"a missing file", OpenCmd{Path: "/w/none"}, unix.ENOENT},
		{"what is read-only", create("/usr/x"), unix.EROFS},
		{"a relative path", OpenCmd{Path: "w/file"}, unix.EINVAL},
		{"a path with dots", OpenCmd{Path: "/w/../w/file"}, unix.EINVAL},
		{"a path with a zero byte", OpenCmd{Path: "/w/file\x00"}, unix.EINVAL},
		{"no path", OpenCmd{}, unix.EINVAL},
		{"a file without a name", OpenCmd{Path: "/w", Flag: unix.O_RDWR | unix.O_TMPFILE, Perm: 0o644}, unix.EINVAL},
		{"flags that nobody knows", OpenCmd{Path: "/w/file", Flag: 1 << 29}, unix.EINVAL},
		{"a path that is too long", OpenCmd{Path: "/w/" + strings.Repeat("x", 5000)}, unix.ENAMETOOLONG},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := openOne(t, c, test.o)
			if f != nil {
				_ = f.Close() // it should not be there
			}
			if !errors.Is(err, test.want) {
				t.Errorf("Open(%+.100v) = %v, want %v", test.o, err, test.want)
			}
		})
	}
	alive(t, c)
	if got := mustSh(t, c, "cat /w/file /w/dir/real"); got != "datareal\n" {
		t.Errorf("files hold %q after the refusals, want them unchanged", got)
	}
}

func TestOpenMakesParentsAndKeepsMode(t *testing.T) {
	c := ready(t)
	o := create("/w/a/b/c/file")
	o.Parents, o.Perm = true, 0o754
	f, err := openOne(t, c, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := mustSh(t, c, "stat -c '%a %u' /w/a/b/c /w/a/b/c/file"), "755 0\n754 0\n"; got != want {
		t.Errorf("mode and owner = %q, want %q", got, want)
	}
}

// What is opened as a directory keeps its mode, whatever else is asked.
func TestOpenedDirectoryKeepsMode(t *testing.T) {
	c := ready(t)
	f, err := openOne(t, c, OpenCmd{Path: "/w", Dir: true, Flag: unix.O_CREAT | unix.O_RDWR, Perm: 0o700})
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close() // read only
	if got := mustSh(t, c, "stat -c %a /w"); got != "755\n" {
		t.Errorf("mode of the directory is %q", got)
	}
}

func TestDelete(t *testing.T) {
	c := ready(t)
	mustSh(t, c, `cd /w && mkdir -p keep tree/a/b shut/in && echo 1 > keep/kept && ln -s keep link && ln -s /usr usr &&
		echo x > file && mkfifo fifo && touch tree/a/b/c "$(printf 'odd\nname')" shut/in/x && chmod 000 shut/in shut`)
	for _, p := range []string{"/w/file", "/w/tree", "/w/link", "/w/usr", "/w/fifo", "/w/odd\nname", "/w/shut"} {
		if err := c.Delete(t.Context(), p); err != nil {
			t.Errorf("Delete(%q) = %v", p, err)
		}
	}
	if got := mustSh(t, c, "find /w -mindepth 1 | sort; test -x /usr/bin/env && cat /w/keep/kept"); got != "/w/keep\n/w/keep/kept\n1\n" {
		t.Errorf("left after the deletions: %q, want only what a link pointed to", got)
	}
}

func TestDeleteRefuses(t *testing.T) {
	c := ready(t)
	mustSh(t, c, "cd /w && mkdir dir && touch dir/x && ln -s dir link")
	for p, want := range map[string]error{
		"/w/none":        unix.ENOENT,
		"/w/none/x":      unix.ENOENT,
		"/w/link/x":      unix.ELOOP, // not through a link
		"/":              unix.EINVAL,
		"w/dir":          unix.EINVAL,
		"/w/../w/dir":    unix.EINVAL,
		"":               unix.EINVAL,
		"/usr/bin/env":   unix.EROFS,
		"/w":             unix.EBUSY, // a mount point
		"/w/dir/x/below": unix.ENOTDIR,
	} {
		if err := c.Delete(t.Context(), p); !errors.Is(err, want) {
			t.Errorf("Delete(%q) = %v, want %v", p, err, want)
		}
	}
	if got := mustSh(t, c, "find /w/dir"); got != "/w/dir\n/w/dir/x\n" {
		t.Errorf("left after the refusals: %q", got)
	}
}

// A FIFO with nobody at its other end is what blocks a careless server for ever.
func TestFIFONeverBlocks(t *testing.T) {
	c := ready(t)
	mustSh(t, c, "mkfifo /w/fifo")
	began := time.Now()
	for _, flag := range []int{unix.O_RDONLY, unix.O_WRONLY, unix.O_RDWR, unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC} {
		if f, err := openOne(t, c, OpenCmd{Path: "/w/fifo", Flag: flag, Perm: 0o600}); err == nil {
			_ = f.Close() // it should not be there
			t.Errorf("Open of a FIFO with flags %#x succeeded", flag)
		}
	}
	if took := time.Since(began); took > callTimeout/2 {
		t.Errorf("refusing took %v", took)
	}
	var errno syscall.Errno
	if _, err := openOne(t, c, OpenCmd{Path: "/w/none"}); !errors.As(err, &errno) {
		t.Errorf("error %v carries no errno", err)
	}
}
