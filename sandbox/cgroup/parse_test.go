package cgroup

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseMemberships(t *testing.T) {
	t.Parallel()
	got, err := parseMemberships("4:memory:/a/b\n2:cpu,cpuacct:/\n1:name=systemd:/x\n0::/u (deleted)\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []membership{
		{controllers: []string{"memory"}, path: "/a/b"},
		{controllers: []string{"cpu", "cpuacct"}, path: "/"},
		{controllers: []string{"name=systemd"}, path: "/x"},
		{path: "/u"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(membership{})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"4:memory\n", "nonsense", "1:a:relative\n"} {
		if _, err := parseMemberships(bad); err == nil {
			t.Errorf("parseMemberships(%q) gives no error", bad)
		}
	}
}

func TestParseMounts(t *testing.T) {
	t.Parallel()
	got := parseMounts(`31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct
33 31 0:30 /docker/1 /mnt/with\040space ro - cgroup cgroup rw,memory
short
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`)
	want := []mount{
		{root: "/", point: "/sys/fs/cgroup/cpu,cpuacct", version: 1, options: []string{"rw", "cpu", "cpuacct"}},
		{root: "/docker/1", point: "/mnt/with space", version: 1, options: []string{"rw", "memory"}},
		{root: "/", point: "/sys/fs/cgroup/unified", version: 2, options: []string{"rw"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mount{})); diff != "" {
		t.Error(diff)
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, root, path, want string }{
		{"whole tree mounted", "/", "/system.slice/gavel.service", "/m/system.slice/gavel.service"},
		{"own root", "/", "/", "/m"},
		{"part mounted, we are its top", "/docker/1", "/docker/1", "/m"},
		{"part mounted, we are in it", "/docker/1", "/docker/1/x", "/m/x"},
		{"part mounted, name only begins alike", "/docker/1", "/docker/12", "/m"},
		{"part mounted, we are elsewhere", "/docker/1", "/", "/m"},
	} {
		if got := locate(mount{root: c.root, point: "/m"}, c.path); got != c.want {
			t.Errorf("%s: locate = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestVersionOneGroupsMounts(t *testing.T) {
	t.Parallel()
	mounts := parseMounts(`1 0 0:1 / /nowhere/cpu,cpuacct rw - cgroup x rw,cpu,cpuacct
2 0 0:2 / /nowhere/memory rw - cgroup x rw,memory
3 0 0:3 / /nowhere/both rw - cgroup x rw,pids,cpuset
4 0 0:2 / /elsewhere/memory rw - cgroup x rw,memory
`)
	members, err := parseMemberships("1:cpu,cpuacct:/\n2:memory:/\n3:pids,cpuset:/\n0::/\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []hierarchy{
		{base: "/nowhere/memory", controllers: []string{"memory"}},
		{base: "/nowhere/both", controllers: []string{"pids", "cpuset"}},
		{base: "/nowhere/cpu,cpuacct", controllers: []string{"cpuacct"}},
	}
	got := versionOne(mounts, members)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(hierarchy{})); diff != "" {
		t.Error(diff)
	}
	if err := lacking(got); err != nil {
		t.Error(err)
	}
	if err := lacking(got[:2]); err == nil {
		t.Error("a missing cpuacct is not told")
	}
}

func TestParseCounters(t *testing.T) {
	t.Parallel()
	const stat = "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n"
	if got, err := parseCPUStat(stat); got != 1500*time.Microsecond || err != nil {
		t.Errorf("parseCPUStat = %v, %v", got, err)
	}
	if got, err := parseNanoseconds("42\n"); got != 42 || err != nil {
		t.Errorf("parseNanoseconds = %v, %v", got, err)
	}
	for name, text := range map[string]string{
		"v1": "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n",
		"v2": "low 0\nhigh 0\nmax 9\noom 8\noom_kill 7\noom_group_kill 1\n",
	} {
		if got, err := parseOOMKills(text); got != 7 || err != nil {
			t.Errorf("%s: parseOOMKills = %v, %v", name, got, err)
		}
	}
	if got, err := parseOOMs("max 9\noom 8\noom_kill 7\n"); got != 8 || err != nil {
		t.Errorf("parseOOMs = %v, %v", got, err)
	}
	const some = "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
	if got, err := parseStalled(some + "full avg10=0.12 avg60=0.00 avg300=0.00 total=70\n"); got != 70*time.Microsecond || err != nil {
		t.Errorf("parseStalled = %v, %v", got, err)
	}
	for _, text := range []string{"", some, "full avg10=0.12 avg60=0.00 avg300=0.00\n"} {
		if _, err := parseStalled(text); err == nil {
			t.Errorf("parseStalled(%q) gives no error", text)
		}
	}
	if _, err := parseOOMKills("oom 1\n"); err == nil {
		t.Error("a missing counter is not told")
	}
}

func TestParsePids(t *testing.T) {
	t.Parallel()
	got, err := parsePids("12\n7\n")
	if diff := cmp.Diff([]int{12, 7}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{"0", "-1", "x"} {
		if _, err := parsePids(bad); err == nil {
			t.Errorf("parsePids(%q) gives no error", bad)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	unlimited := Limits{}
	small, large := Limits{MemoryBytes: mib}, Limits{MemoryBytes: 2 * mib}
	for _, c := range []struct {
		name     string
		from, to Limits
		version  int
		swap     bool
		want     []setting
	}{
		{"unchanged", small, small, 1, true, nil},
		{"v1 first limit lowers", unlimited, small, 1, true, []setting{{knobMemory, "1048576"}, {knobSwap, "1048576"}}},
		{"v1 lower", large, small, 1, true, []setting{{knobMemory, "1048576"}, {knobSwap, "1048576"}}},
		{"v1 raise", small, large, 1, true, []setting{{knobSwap, "2097152"}, {knobMemory, "2097152"}}},
		{"v1 lift", small, unlimited, 1, true, []setting{{knobSwap, "-1"}, {knobMemory, "-1"}}},
		{"v1 without swap accounting", small, large, 1, false, []setting{{knobMemory, "2097152"}}},
		{"v2 leaves swap alone", small, large, 2, true, []setting{{knobMemory, "2097152"}}},
		{"v2 lift", small, unlimited, 2, true, []setting{{knobMemory, "max"}}},
		{"pids", unlimited, Limits{Pids: 64}, 1, true, []setting{{knobPids, "64"}}},
		{"pids lift", Limits{Pids: 64}, unlimited, 1, true, []setting{{knobPids, "max"}}},
	} {
		got := limitWrites(c.from, c.to, c.version, c.swap)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(setting{})); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestCPUList(t *testing.T) {
	t.Parallel()
	if got := cpuList([]int{0, 3, 12}); got != "0,3,12" {
		t.Errorf("cpuList = %q", got)
	}
}

func TestForeignMounts(t *testing.T) {
	t.Parallel()
	for root, want := range map[string]bool{"/": false, "/..": true, "/../..": true, "/..a": false, "/a": false} {
		if got := (mount{root: root}).foreign(); got != want {
			t.Errorf("foreign of a mount that shows %s = %v, want %v", root, got, want)
		}
	}
	_, err := choose([]mount{{root: "/..", point: "/sys/fs/cgroup", version: 2}}, []membership{{path: "/"}})
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "mount -t cgroup2") {
		t.Errorf("choose with a mount of another namespace = %v, want how to mount our own", err)
	}
}
