package container

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestInitCommand(t *testing.T) {
	c := start(t)
	conf := testConfig()
	conf.InitCommand = []string{"sh", "-c", "id -u > /w/who && chmod 644 /w/who && (sleep 1000 &)"}
	if err := c.Configure(t.Context(), conf, nil, false); err != nil {
		t.Fatal(err)
	}
	if pids := containerPids(t, c.Pid()); len(pids) != 0 {
		t.Errorf("processes %v of the init command are still there", pids)
	}
	if got := mustSh(t, c, "cat /w/who"); got != "0\n" {
		t.Errorf("init command ran as uid %q, want the container's root", got)
	}
}

func TestConfigureFailures(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*Config)
		says []string // all of it
		want error    // nil: no errno
	}{
		{"init command fails", func(c *Config) { c.InitCommand = []string{"sh", "-c", "exit 7"} }, []string{"init command", "exit 7", "0x700"}, nil},
		{"init command is killed", func(c *Config) { c.InitCommand = []string{"sh", "-c", "kill -9 $$"} }, []string{"init command", "0x9"}, nil},
		{"init command is missing", func(c *Config) { c.InitCommand = []string{"/no/such"} }, []string{"exec"}, unix.ENOENT},
		{"bind without its source", func(c *Config) {
			c.Mounts = append(c.Mounts, Mount{Kind: MountBind, Source: "/no/such/source", Target: "/x"})
		}, []string{"mount /x", "/no/such/source"}, unix.ENOENT},
		{"mount in a file", func(c *Config) {
			c.Mounts = append(c.Mounts, Mount{Kind: MountTmpfs, Target: "/dev/null/x", Size: 4096, Inodes: 10})
		}, []string{"make root", "/dev/null/x"}, unix.ENOTDIR},
		{"link where something is", func(c *Config) { c.SymbolicLinks = []Link{{Path: "/usr", Target: "x"}} }, []string{"make root", "/usr"}, unix.EEXIST},
		{"host name too long", func(c *Config) { c.HostName = strings.Repeat("x", 100) }, []string{"set host name"}, unix.EINVAL},
		{"root too small", func(c *Config) {
			c.RootSize = 4096
			for i := range 40 {
				c.SymbolicLinks = append(c.SymbolicLinks, Link{Path: "/links/" + strings.Repeat("x", 1+i), Target: strings.Repeat("y", 4000)})
			}
		}, []string{"make root"}, unix.ENOSPC},
		{"filter that is none", func(c *Config) { c.Seccomp = make([]byte, 8) }, []string{"set seccomp"}, unix.EINVAL},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t)
			conf := testConfig()
			test.edit(&conf)
			err := c.Configure(t.Context(), conf, nil, false)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Fatalf("Configure() = %v, want an error with %v", err, test.want)
			}
			for _, s := range test.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("Configure() = %q, want it to say %q", err, s)
				}
			}
			alive(t, c) // the reason came as a reply, not as a closed socket
		})
	}
}

func TestConfigureChecksFirst(t *testing.T) {
	c := start(t)
	for _, test := range []struct {
		edit func(*Config)
		says string
	}{
		{func(c *Config) { c.Credential.UID = 0 }, "uid and gid 0 belong to the container server"},
		{func(c *Config) { c.Credential.GID = 0 }, "uid and gid 0 belong to the container server"},
		{func(c *Config) { c.WorkDir = "w" }, `path "w": not absolute and clean`},
		{func(c *Config) { c.MaskPaths = []string{"/proc/../x"} }, `path "/proc/../x"`},
		{func(c *Config) { c.Mounts[0].Source = "dev/null" }, `path "dev/null"`},
		{func(c *Config) { c.Mounts[0].Kind = 9 }, "unknown kind 9"},
		{func(c *Config) { c.Mounts[2].Size = 0 }, "tmpfs needs a size"},
		{func(c *Config) { c.Seccomp = []byte{1} }, "not a filter"},
		{func(c *Config) { c.SymbolicLinks = []Link{{Path: "a\x00"}} }, `path "a\x00"`},
	} {
		conf := testConfig()
		test.edit(&conf)
		if err := c.Configure(t.Context(), conf, nil, false); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("Configure() = %v, want %q", err, test.says)
		}
		// The server does not trust the client's check.
		_, err := c.exchange(t.Context(), &cmd{Cmd: cmdConf, ConfCmd: &confCmd{Conf: conf}},
			slices.Repeat([]int{c.socket.fd}, conf.binds()), patience)
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "check configuration") {
			t.Errorf("conf past the client's check = %v, want %q by the server's", err, test.says)
		}
	}
	alive(t, c)
}

func TestRootIsSealed(t *testing.T) {
	c := ready(t)
	out, _ := sh(t, c, `for d in / /usr /bin /proc/sys/kernel /dev /etc; do touch $d/x 2>/dev/null && echo wrote $d; done; ls /proc/keys >/dev/null && cat /proc/keys; cat /proc/1/environ /proc/1/cmdline 2>/dev/null; ls -d /proc/1 2>/dev/null; grep -c . /proc/self/mounts >/dev/null; ls /`)
	want := "bin\ndev\nlib\nlib64\nproc\ntmp\nusr\nw\n"
	if out != want {
		t.Errorf("program found %q, want %q", out, want)
	}
	if _, err := os.Stat("/w/x"); err == nil {
		t.Error("the container's /w is that of the host")
	}
}
