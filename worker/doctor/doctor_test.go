package doctor

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/sandbox/cgroup"
)

// closedFiles is a host on which nothing can be read.
type closedFiles struct{}

func (closedFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// filesOf makes a file system of paths and contents.
func filesOf(contents map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range contents {
		files[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte(content), Mode: 0o755}
	}
	return files
}

// The mounts of a bare host, and of a container of Docker.
const (
	wholeProc   = "22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw\n29 22 0:30 / /proc/sys/fs/binfmt_misc rw shared:6 - autofs systemd-1 rw\n"
	coveredProc = "22 27 0:21 / /proc rw - proc proc rw\n23 22 0:21 /bus /proc/bus ro - proc proc rw\n24 22 0:31 / /proc/kcore rw - tmpfs tmpfs rw\n"
	outerProc   = "25 27 0:40 / /run/outer-proc rw - proc proc rw\n"
)

// soundHost is a host on which every check is content.
func soundHost() host {
	contents := map[string]string{
		"/proc/self/mountinfo":                                             wholeProc,
		"/proc/cgroups":                                                    "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t1\t1\npids\t0\t1\t1\ncpuset\t0\t1\t1\n",
		"/proc/swaps":                                                      "Filename Type Size Used Priority\n",
		"/proc/meminfo":                                                    "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n",
		"/proc/sys/kernel/randomize_va_space":                              "2\n",
		"/proc/sys/kernel/core_pattern":                                    "core\n",
		"/proc/sys/kernel/seccomp/actions_avail":                           "kill_process kill_thread trap errno\n",
		"/sys/kernel/mm/transparent_hugepage/enabled":                      "always [madvise] never\n",
		"/sys/devices/system/cpu/intel_pstate/no_turbo":                    "1\n",
		"/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
		"/usr/bin/gavel":                                                   "",
	}
	for _, kind := range namespaceKinds() {
		contents["/proc/self/ns/"+kind[0]] = ""
		contents["/proc/sys/user/max_"+kind[1]+"_namespaces"] = "1000\n"
	}
	for cpu, siblings := range []string{"0,2", "1,3", "0,2", "1,3"} {
		dir := "/sys/devices/system/cpu/cpu" + string(rune('0'+cpu))
		contents[dir+"/topology/thread_siblings_list"] = siblings + "\n"
		contents[dir+"/cpufreq/scaling_governor"] = "performance\n"
	}
	return host{
		files: filesOf(contents), capabilities: 1 << unix.CAP_SYS_ADMIN, cores: []int{0, 1, 2, 3}, slots: 2, pin: true,
		program: "/usr/bin/gavel", openFiles: 65536, stack: unlimited, coreDump: unlimited,
		groups: &cgroup.Features{Cpuset: true, SwapLimit: true},
	}
}

// set replaces the content of a file.
func set(path, content string) func(*host) {
	return func(h *host) {
		h.files.(fstest.MapFS)[strings.TrimPrefix(path, "/")] = &fstest.MapFile{Data: []byte(content), Mode: 0o755}
	}
}

// without removes a file.
func without(path string) func(*host) {
	return func(h *host) { delete(h.files.(fstest.MapFS), strings.TrimPrefix(path, "/")) }
}

func ordinary(h *host) { h.uid, h.user, h.capabilities = 1000, "ada", 0 }

func TestCheckHostSound(t *testing.T) {
	t.Parallel()
	for _, f := range checkHost(soundHost()) {
		if f.Status != statusOK || f.Remedy != "" || f.Detail == "" {
			t.Errorf("a sound host: %+v, want ok", f)
		}
	}
}

// TestCheckHostUnreadable wants no crash, no verdict on what nobody knows, and no false praise.
func TestCheckHostUnreadable(t *testing.T) {
	t.Parallel()
	h := soundHost()
	h.files = closedFiles{}
	said := 0
	for _, f := range checkHost(h) {
		switch {
		case strings.HasPrefix(f.Detail, "unknown: "):
			said++
			if f.Status != statusWarning || f.Remedy == "" {
				t.Errorf("%+v, want a warning with a remedy", f)
			}
		case f.Status == statusFailure:
			t.Errorf("a host that cannot be read: %+v", f)
		}
	}
	if said < 12 {
		t.Errorf("%d findings say unknown, want 12 or more", said)
	}
}

// TestCheckHostEmpty is a host without /proc and /sys.
func TestCheckHostEmpty(t *testing.T) {
	t.Parallel()
	for _, h := range []host{{files: fstest.MapFS{}}, {files: fstest.MapFS{}, uid: 1000, slots: 3, pin: true, cores: []int{7}}} {
		for _, f := range checkHost(h) {
			if f.Detail == "" || f.Status != statusOK && f.Remedy == "" {
				t.Errorf("an empty host: %+v, want a detail and a remedy", f)
			}
		}
	}
}

func TestCheckHostNonsense(t *testing.T) {
	t.Parallel()
	h := soundHost()
	for name := range h.files.(fstest.MapFS) {
		set(name, "\x00\xff : ,,\n- -\n")(&h)
	}
	for _, f := range checkHost(h) {
		if f.Detail == "" || f.Status != statusOK && f.Remedy == "" {
			t.Errorf("nonsense in every file: %+v, want a detail and a remedy", f)
		}
	}
}

func TestCheckHost(t *testing.T) {
	t.Parallel()
	const smt = "/sys/devices/system/cpu/cpu1/topology/thread_siblings_list"
	ns := func(name string) string { return "/proc/sys/user/max_" + name + "_namespaces" }
	swapOn := set("/proc/swaps", "Filename\tType\n/dev/sda2 partition 100 0 -2\n")
	for name, c := range map[string]struct {
		change []func(*host)
		check  string
		want   status
		detail string
		remedy string
	}{
		"kind missing":        {[]func(*host){without("/proc/self/ns/user")}, "namespaces", statusFailure, "kind user", "CONFIG_USER_NS"},
		"none of a kind":      {[]func(*host){set(ns("user"), "0\n")}, "namespace limits", statusFailure, "user.max_user_namespaces is 0", "sysctl -w user.max_user_namespaces="},
		"too few of a kind":   {[]func(*host){set(ns("net"), "1\n")}, "namespace limits", statusFailure, "2 containers", "user.max_net_namespaces="},
		"limits not shown":    {[]func(*host){without(ns("net"))}, "namespace limits", statusOK, "", ""},
		"clone closed":        {[]func(*host){ordinary, set("/proc/sys/kernel/unprivileged_userns_clone", "0\n")}, "user namespaces", statusFailure, "unprivileged_userns_clone is 0", "=1"},
		"clone closed, root":  {[]func(*host){set("/proc/sys/kernel/unprivileged_userns_clone", "0\n")}, "user namespaces", statusOK, "closed to ordinary users", ""},
		"clone open":          {[]func(*host){ordinary, set("/proc/sys/kernel/unprivileged_userns_clone", "1\n")}, "user namespaces", statusOK, "everybody", ""},
		"AppArmor restricts":  {[]func(*host){ordinary, set("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"), set("/proc/self/attr/current", "unconfined\n")}, "user namespaces", statusFailure, "profile", "userns"},
		"AppArmor profile":    {[]func(*host){ordinary, set("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"), set("/proc/self/attr/current", "gavel (unconfined)\n")}, "user namespaces", statusOK, "", ""},
		"proc covered":        {[]func(*host){set("/proc/self/mountinfo", coveredProc)}, "mount of /proc", statusFailure, "/proc/bus, /proc/kcore", "systempaths=unconfined"},
		"proc read-only":      {[]func(*host){set("/proc/self/mountinfo", "22 27 0:21 / /proc ro - proc proc rw\n")}, "mount of /proc", statusFailure, "/proc", "outer-proc"},
		"a second proc":       {[]func(*host){set("/proc/self/mountinfo", coveredProc+outerProc)}, "mount of /proc", statusOK, "possible", ""},
		"AppArmor confines":   {[]func(*host){set("/sys/module/apparmor/parameters/enabled", "Y\n"), set("/proc/self/attr/current", "docker-default (enforce)\n")}, "confinement", statusWarning, "docker-default", "apparmor=unconfined"},
		"AppArmor idle":       {[]func(*host){set("/sys/module/apparmor/parameters/enabled", "Y\n"), set("/proc/self/attr/current", "unconfined\n")}, "confinement", statusOK, "none", ""},
		"SELinux confines":    {[]func(*host){set("/sys/fs/selinux/enforce", "1"), set("/proc/self/attr/current", "system_u:system_r:container_t:s0\x00")}, "confinement", statusWarning, "container_t:s0", "label=disable"},
		"SELinux idle":        {[]func(*host){set("/sys/fs/selinux/enforce", "1"), set("/proc/self/attr/current", "unconfined_u:unconfined_r:unconfined_t:s0\x00")}, "confinement", statusOK, "unconfined_t", ""},
		"no sub-ids":          {[]func(*host){ordinary, set("/etc/subuid", "adam:100000:65536\n")}, "sub-ids", statusOK, "no range", ""},
		"sub-ids, no program": {[]func(*host){ordinary, set("/etc/subuid", "ada:100000:65536\n"), set("/etc/subgid", "1000:100000:65536\n")}, "sub-ids", statusOK, "no newuidmap", ""},
		"sub-ids":             {[]func(*host){ordinary, set("/etc/subuid", "ada:100000:65536\n"), set("/etc/subgid", "1000:100000:65536\n"), set("/usr/bin/newuidmap", ""), set("/usr/bin/newgidmap", "")}, "sub-ids", statusOK, "newuidmap to use it", ""},
		"program private":     {[]func(*host){func(h *host) { h.files.(fstest.MapFS)["usr/bin/gavel"].Mode = 0o700 }}, "program file", statusFailure, "mode 0700", "chmod 0755 /usr/bin/gavel"},
		"memory disabled":     {[]func(*host){set("/proc/cgroups", "memory 0 1 0\npids 0 1 1\n")}, "controllers", statusFailure, "no memory", "cgroup_enable=memory"},
		"memory, ordinary":    {[]func(*host){ordinary, set("/proc/cgroups", "pids 0 1 1\n")}, "controllers", statusWarning, "no memory", "Delegate"},
		"no cpuset":           {[]func(*host){set("/proc/cgroups", "memory 0 1 1\npids 0 1 1\n")}, "controllers", statusWarning, "no cpuset", "--pin"},
		"version 2 alone":     {[]func(*host){without("/proc/cgroups"), set("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")}, "controllers", statusOK, "memory, pids, cpuset", ""},
		"swap denied":         {[]func(*host){swapOn}, "swap", statusOK, "cannot use it", ""},
		"swap not counted":    {[]func(*host){swapOn, func(h *host) { h.groups.SwapLimit = false }}, "swap", statusWarning, "can use it", "swapoff"},
		"swap without groups": {[]func(*host){swapOn, func(h *host) { h.groups = nil }}, "swap", statusWarning, "unknown", "swapoff"},
		"no swap in kernel":   {[]func(*host){without("/proc/swaps")}, "swap", statusOK, "off", ""},
		"little memory":       {[]func(*host){func(h *host) { h.slots = 9 }}, "memory", statusWarning, "4.0 GiB of it free, for 9", "--slots 8"},
		"huge pages":          {[]func(*host){set("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n")}, "huge pages", statusWarning, "always", "madvise"},
		"no huge pages":       {[]func(*host){without("/sys/kernel/mm/transparent_hugepage/enabled")}, "huge pages", statusOK, "none", ""},
		"not random":          {[]func(*host){set("/proc/sys/kernel/randomize_va_space", "0\n")}, "address space", statusWarning, "not laid out", "randomize_va_space=2"},
		"half random":         {[]func(*host){set("/proc/sys/kernel/randomize_va_space", "1\n")}, "address space", statusWarning, "but for the heap", "randomize_va_space=2"},
		"more than cores":     {[]func(*host){func(h *host) { h.slots = 4 }}, "hyperthreads", statusWarning, "4 slots on 2 cores", "--slots 2"},
		"pinned on siblings":  {[]func(*host){func(h *host) { h.cores = []int{0, 2, 1, 3} }}, "hyperthreads", statusWarning, "one core", "taskset -c 0,1"},
		"not pinned":          {[]func(*host){func(h *host) { h.cores, h.pin = []int{0, 2, 1, 3}, false }}, "hyperthreads", statusOK, "2 slots on 2 cores", ""},
		"one thread a core":   {[]func(*host){func(h *host) { h.cores = []int{0, 1} }}, "hyperthreads", statusOK, "none", ""},
		"topology hidden":     {[]func(*host){without(smt)}, "hyperthreads", statusWarning, "unknown", "look at it"},
		"one core saves":      {[]func(*host){set("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n")}, "CPU governor", statusWarning, "performance, powersave", "echo performance"},
		"turbo":               {[]func(*host){set("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n")}, "turbo", statusOK, "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo", ""},
		"boost":               {[]func(*host){without("/sys/devices/system/cpu/intel_pstate/no_turbo"), set("/sys/devices/system/cpu/cpufreq/boost", "1\n")}, "turbo", statusOK, "echo 0 > /sys/devices/system/cpu/cpufreq/boost", ""},
		"slow clock":          {[]func(*host){set("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n")}, "clock", statusWarning, "hpet", "echo tsc"},
		"cores piped":         {[]func(*host){set("/proc/sys/kernel/core_pattern", "|/lib/systemd/systemd-coredump %P\n")}, "core dumps", statusOK, "/lib/systemd/systemd-coredump;", ""},
		"cores piped anyway":  {[]func(*host){set("/proc/sys/kernel/core_pattern", "|/lib/apport %P\n"), func(h *host) { h.coreDump = 0 }}, "core dumps", statusWarning, "starts /lib/apport on", "LimitCORE"},
		"few descriptors":     {[]func(*host){func(h *host) { h.openFiles = 1023 }}, "open files", statusWarning, "1023", "LimitNOFILE"},
		"many slots":          {[]func(*host){func(h *host) { h.openFiles, h.slots = 1024, 100 }}, "open files", statusWarning, "100 slots want 6912", "LimitNOFILE"},
		"small stack":         {[]func(*host){func(h *host) { h.stack = 8 << 20 }}, "stack", statusWarning, "at most 8 MiB", "LimitSTACK"},
		"stack of all memory": {[]func(*host){func(h *host) { h.stack = 8 << 30 }}, "stack", statusOK, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := soundHost()
			for _, change := range c.change {
				change(&h)
			}
			got := findingOf(t, checkHost(h), c.check)
			if got.Status != c.want || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Remedy, c.remedy) {
				t.Errorf("got %+v, want %s with %q and %q", got, c.want, c.detail, c.remedy)
			}
			if (got.Status == statusOK) != (got.Remedy == "") {
				t.Errorf("%+v: what is not ok needs a remedy, what is ok none", got)
			}
		})
	}
}

// What is not as it should be always comes with how to mend it.
func TestFindingsOfLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status language.Status
		want   status
	}{
		{language.Status{ID: "c", Name: "C", State: language.StateReady, Version: "gcc 12"}, statusOK},
		{language.Status{ID: "c", Name: "C", State: language.StateReady, Version: "gcc 12", Warning: "no cache", Remedy: "free some space"}, statusWarning},
		{language.Status{ID: "c", Name: "C", State: language.StateFailed, Reason: "cc1 is missing", Remedy: "reinstall gcc"}, statusWarning},
	} {
		got := languageFinding(c.status)
		if got.Status != c.want || (got.Remedy == "") != (c.want == statusOK) {
			t.Errorf("languageFinding(%+v) = %+v, want %s, with a remedy if that is not ok", c.status, got, c.want)
		}
	}
}

// Languages whose toolchain is not installed take one line together, however many they are.
func TestMissingLanguagesAreOneFinding(t *testing.T) {
	t.Parallel()
	missing := func(id, pkg string) language.Status {
		return language.Status{ID: id, State: language.StateFailed, Missing: true, Package: pkg, Reason: "not found", Remedy: "install it"}
	}
	got := languageFindings([]language.Status{
		{ID: "c", Name: "C", State: language.StateReady, Version: "gcc 12"},
		missing("ada", "gnat"), missing("d", "gdc"), missing("own", ""),
		{ID: "r", Name: "R", State: language.StateFailed, Reason: "self-test failed: hello program printed \"\"", Remedy: "reinstall r-base-core"},
	})
	want := []finding{
		{Check: "language c", Status: statusOK, Detail: "gcc 12"},
		{
			Check: "language r", Status: statusWarning,
			Detail: "self-test failed: hello program printed \"\"; submissions in R are refused here", Remedy: "reinstall r-base-core",
		},
		{
			Check: "not installed", Status: statusWarning, Detail: "ada (gnat), d (gdc), own; submissions in them are refused here",
			Remedy: "where they are wanted, install their packages, or all of them: make languages",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("languageFindings, want -, got +:\n%s", diff)
	}
	if got := languageFindings([]language.Status{missing("c", "gcc")}); canJudge(got) {
		t.Errorf("a host without any language can judge: %+v", got)
	}
}

// TestFindingsHaveRemedies reads the source: no finding that is not ok is made without a remedy.
func TestFindingsHaveRemedies(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "fail" && f.Name != "warn" {
				return true
			}
			calls++
			if text, ok := call.Args[2].(*ast.BasicLit); ok && text.Value == `""` {
				t.Errorf("%s: a finding without a remedy", name)
			}
			return true
		})
	}
	if calls < 20 {
		t.Errorf("found %d calls of fail and warn, want those of every check", calls)
	}
}

// findingOf is the one finding about a check.
func findingOf(t *testing.T, findings []finding, check string) finding {
	t.Helper()
	var found []finding
	for _, f := range findings {
		if f.Check == check {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d findings about %s, want 1", len(found), check)
	}
	return found[0]
}
