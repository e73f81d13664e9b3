package sandbox

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// TestMountTable follows paths through mounts over one another.
func TestMountTable(t *testing.T) {
	const text = `20 1 8:1 / / rw - ext4 /dev/sda1 rw
21 20 8:2 / /srv rw - ext4 /dev/sdb rw
22 21 8:1 /opt/judge /srv/problems rw - ext4 /dev/sda1 rw
23 20 8:1 /data/my\040files /opt/with\040space rw - ext4 /dev/sda1 rw
24 20 8:3 / /mnt/hidden/deep rw - ext4 /dev/sdc rw
25 20 8:4 / /mnt/hidden rw - ext4 /dev/sdd rw
26 20 8:5 /old /var rw - ext4 /dev/sde rw
27 26 8:6 /new /var rw - ext4 /dev/sdf rw
28 20 0:40 / /opt/judge/covered rw - tmpfs tmpfs rw
`
	table, err := parseMountInfo(text)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]place{
		"/":                   {"8:1", "/"},
		"/opt/judge":          {"8:1", "/opt/judge"},
		"/srvx":               {"8:1", "/srvx"},
		"/srv/a":              {"8:2", "/a"},
		"/srv/problems/a":     {"8:1", "/opt/judge/a"},
		"/srv/problemsa":      {"8:2", "/problemsa"},
		"/opt/with space/a":   {"8:1", "/data/my files/a"},
		"/mnt/hidden/deep/a":  {"8:4", "/deep/a"},
		"/var/a":              {"8:6", "/new/a"},
		"/opt/judge/covered":  {"0:40", "/"},
		"/opt/judge/coveredx": {"8:1", "/opt/judge/coveredx"},
	} {
		if got := table.place(path); got != want {
			t.Errorf("place(%q) = %v, want %v", path, got, want)
		}
	}
	if got := table.at("/mnt"); len(got) != 2 || got[1] != "/mnt/hidden" {
		t.Errorf("at(/mnt) = %q, want it and /mnt/hidden", got)
	}
	if _, err := parseMountInfo("20 1 8:1\n"); err == nil {
		t.Error("a line with three fields is taken")
	}
	v := &View{host: table}
	v.show("/opt", "/opt")
	for path, want := range map[string]bool{
		"/opt": true, "/opt/judge/a": true, "/optical": false, "/srv": true, "/srv/problems": true, "/srv/a": false,
		// The source of a bind below /opt, and what is covered there.
		"/data/my files/a": true, "/data": false, "/srv/problems/covered": false, "/opt/judge/covered": true,
	} {
		seen := false
		for _, at := range table.at(path) {
			for _, s := range v.sources {
				seen = seen || v.covers(s, table.place(at))
			}
		}
		if seen != want {
			t.Errorf("containers with /opt see %s: %v, want %v", path, seen, want)
		}
	}
}

func TestViewShows(t *testing.T) {
	dir := t.TempDir()
	opt, srv := filepath.Join(dir, "opt"), filepath.Join(dir, "srv")
	for _, d := range []string{opt + "/judge", srv} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{srv + "/in": opt, opt + "/out": srv, srv + "/chain": "in/judge", dir + "/alias": "opt"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	v, err := NewView([]Mount{{Source: dir + "/alias", Target: "/x"}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		opt: true, opt + "/judge": true, opt + "/to/come": true, srv: false, srv + "/in/judge": true, srv + "/chain": true,
		srv + "/to/come": false, opt + "/out": false, srv + "/chain/to/come": true, opt + "ical": false, "/": false,
		srv + "/../opt/judge": true,
	} {
		got, err := v.Shows(path)
		if err != nil || (got != "") != want {
			t.Errorf("Shows(%q) = %q, %v, want a source: %v", path, got, err, want)
		}
	}
	if _, err := NewView([]Mount{{Source: dir + "/srv/../none/../opt"}}); err != nil {
		t.Errorf("NewView() = %v", err)
	}
}

// TestViewShowsBinds mounts for this thread alone, which ends with the test.
func TestViewShowsBinds(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	dir := t.TempDir()
	for _, d := range []string{"/opt/judge", "/elsewhere", "/srv", "/data/tests", "/opt/bound"} {
		if err := os.MkdirAll(dir+d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	results := make(chan string)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread goes, with its mounts
		results <- showsBinds(dir)
	}()
	if wrong := <-results; wrong != "" {
		t.Error(wrong)
	}
}

func showsBinds(dir string) string {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
		return "unshare: " + err.Error()
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return "mount: " + err.Error()
	}
	for from, to := range map[string]string{"/opt/judge": "/srv", "/data": "/opt/bound"} {
		if err := unix.Mount(dir+from, dir+to, "", unix.MS_BIND, ""); err != nil {
			return "mount: " + err.Error()
		}
	}
	v, err := NewView([]Mount{{Source: dir + "/opt", Target: "/opt"}})
	if err != nil {
		return err.Error()
	}
	var wrong []string
	for path, want := range map[string]string{"/srv": dir + "/opt", "/data/tests": dir + "/opt", "/opt/bound/tests": dir + "/opt", "/elsewhere": "", "": dir + "/opt"} {
		if got, err := v.Shows(dir + path); err != nil || got != want {
			wrong = append(wrong, path+" is shown by "+got+", want "+want)
		}
	}
	return strings.Join(wrong, "; ")
}
