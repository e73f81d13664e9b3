package seccomp

import (
	"runtime"
	"strings"
	"testing"

	libseccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"

	policies "github.com/gaveloj/gavel/configs/seccomp"
)

func defaultPolicy(t *testing.T) *Policy {
	t.Helper()
	p, err := Parse(policies.Default)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compile(t *testing.T, p *Policy) Filter {
	t.Helper()
	f, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// nativeArch is what the kernel shows as this machine's architecture.
func nativeArch(t *testing.T) uint32 {
	t.Helper()
	switch runtime.GOARCH {
	case "amd64":
		return unix.AUDIT_ARCH_X86_64
	case "arm64":
		return unix.AUDIT_ARCH_AARCH64
	}
	t.Skip("no table for " + runtime.GOARCH)
	return 0
}

func number(t *testing.T, name string) uint32 {
	t.Helper()
	nr, err := libseccomp.GetSyscallFromName(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return uint32(nr)
}

func TestDefaultPolicyDecides(t *testing.T) {
	t.Parallel()
	f, arch := compile(t, defaultPolicy(t)), nativeArch(t)
	for _, c := range []struct {
		name string
		args [6]uint64
		want string
	}{
		{"read", [6]uint64{}, "allow"},
		{"write", [6]uint64{1}, "allow"},
		{"execve", [6]uint64{}, "allow"},
		{"prlimit64", [6]uint64{}, "allow"},
		{"sched_setaffinity", [6]uint64{}, "allow"},
		{"memfd_create", [6]uint64{}, "allow"},
		{"memfd_secret", [6]uint64{}, "ENOSYS"},
		{"clone", [6]uint64{unix.CLONE_VM | unix.CLONE_THREAD}, "allow"},
		{"clone", [6]uint64{uint64(unix.SIGCHLD)}, "allow"},
		{"clone", [6]uint64{unix.CLONE_NEWUSER}, "ENOSYS"},
		{"clone", [6]uint64{unix.CLONE_NEWNS | unix.CLONE_VM}, "ENOSYS"},
		{"clone", [6]uint64{unix.CLONE_NEWNET}, "ENOSYS"},
		{"clone3", [6]uint64{}, "ENOSYS"},
		{"unshare", [6]uint64{unix.CLONE_NEWUSER}, "EPERM"},
		{"setns", [6]uint64{}, "EPERM"},
		{"ptrace", [6]uint64{}, "EPERM"},
		{"process_vm_readv", [6]uint64{}, "EPERM"},
		{"pidfd_getfd", [6]uint64{}, "EPERM"},
		{"mount", [6]uint64{}, "EPERM"},
		{"socket", [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM}, "allow"},
		{"socket", [6]uint64{unix.AF_INET, unix.SOCK_STREAM}, "EAFNOSUPPORT"},
		{"socket", [6]uint64{unix.AF_INET6}, "EAFNOSUPPORT"},
		{"socket", [6]uint64{unix.AF_NETLINK}, "EAFNOSUPPORT"},
		{"socket", [6]uint64{unix.AF_VSOCK}, "EAFNOSUPPORT"},
		{"socket", [6]uint64{1<<32 | unix.AF_UNIX}, "EAFNOSUPPORT"},
		{"ioctl", [6]uint64{0, unix.TCGETS}, "allow"},
		{"ioctl", [6]uint64{0, 1<<32 | unix.TCGETS}, "allow"},
		{"ioctl", [6]uint64{0, unix.TIOCSTI}, "ENOSYS"},
		{"ioctl", [6]uint64{0, 1<<32 | unix.TIOCSTI}, "ENOSYS"},
		{"ioctl", [6]uint64{0, 0x541c /* TIOCLINUX */}, "ENOSYS"},
		{"prctl", [6]uint64{15 /* PR_SET_NAME */}, "allow"},
		{"prctl", [6]uint64{62 /* PR_SCHED_CORE */}, "ENOSYS"},
		{"prctl", [6]uint64{62 | 1<<32}, "ENOSYS"},
		{"prctl", [6]uint64{63 | 1<<32}, "allow"},
		{"prctl", [6]uint64{0x53564d41 /* PR_SET_VMA */}, "allow"},
		{"seccomp", [6]uint64{1 /* SECCOMP_SET_MODE_FILTER */, 1 /* SECCOMP_FILTER_FLAG_TSYNC */}, "allow"},
		{"seccomp", [6]uint64{1, 8 /* SECCOMP_FILTER_FLAG_NEW_LISTENER */}, "ENOSYS"},
		{"seccomp", [6]uint64{1, 1<<32 | 9}, "ENOSYS"},
		{"personality", [6]uint64{0}, "allow"},
		{"personality", [6]uint64{0x40000 /* ADDR_NO_RANDOMIZE */}, "allow"},
		{"personality", [6]uint64{0xffffffff}, "allow"},
		{"personality", [6]uint64{0x400000 /* READ_IMPLIES_EXEC */}, "ENOSYS"},
		{"sched_setscheduler", [6]uint64{0, unix.SCHED_BATCH}, "allow"},
		{"sched_setscheduler", [6]uint64{0, unix.SCHED_FIFO}, "ENOSYS"},
		{"sched_setscheduler", [6]uint64{0, unix.SCHED_RR | unix.SCHED_RESET_ON_FORK}, "ENOSYS"},
		{"msgget", [6]uint64{}, "ENOSYS"},
		{"shmget", [6]uint64{}, "ENOSYS"},
		{"mq_open", [6]uint64{}, "ENOSYS"},
		{"keyctl", [6]uint64{}, "ENOSYS"},
		{"bpf", [6]uint64{}, "EPERM"},
		{"io_uring_setup", [6]uint64{}, "ENOSYS"},
		{"setpriority", [6]uint64{}, "EPERM"},
		{"sync", [6]uint64{}, "EPERM"},
		{"reboot", [6]uint64{}, "EPERM"},
	} {
		got := verdictText(interpret(t, f, call{nr: number(t, c.name), arch: arch, args: c.args}))
		if got != c.want {
			t.Errorf("%s%#x = %s, want %s", c.name, c.args, got, c.want)
		}
	}
	if got := verdictText(interpret(t, f, call{nr: 9999, arch: arch})); got != "ENOSYS" {
		t.Errorf("an unknown call = %s, want ENOSYS", got)
	}
}

func TestWrongArchitectureIsKilled(t *testing.T) {
	t.Parallel()
	const x32Bit = 0x40000000
	f, arch := compile(t, defaultPolicy(t)), nativeArch(t)
	for name, c := range map[string]call{
		"i386 write":  {nr: 4, arch: unix.AUDIT_ARCH_I386},
		"i386 execve": {nr: 11, arch: unix.AUDIT_ARCH_I386},
		"arm":         {nr: 1, arch: unix.AUDIT_ARCH_ARM},
		"none":        {},
	} {
		if got := verdictText(interpret(t, f, c)); got != "kill" {
			t.Errorf("%s = %s, want kill", name, got)
		}
	}
	if arch == unix.AUDIT_ARCH_X86_64 {
		if got := verdictText(interpret(t, f, call{nr: x32Bit | 1, arch: arch})); got != "kill" {
			t.Errorf("x32 write = %s, want kill", got)
		}
	}
}

// The program and the policy are two descriptions of one thing. They must agree on every call there is.
func TestProgramAgreesWithPolicy(t *testing.T) {
	t.Parallel()
	arch := nativeArch(t)
	for name, p := range map[string]*Policy{"default": defaultPolicy(t), "clone3": defaultPolicy(t).WithClone3()} {
		f := compile(t, p)
		for nr := range uint32(512) {
			syscall, err := libseccomp.ScmpSyscall(nr).GetName()
			if err != nil {
				continue
			}
			for _, value := range []uint64{0, 1, 2, 3, 5, 0x5401, 0x5412, 0x40000, 0x10000000, 62, 1<<32 | 62, 1 << 32, ^uint64(0)} {
				args := [6]uint64{value, value, value, value, value, value}
				want := p.decide(syscall, args).String()
				if got := verdictText(interpret(t, f, call{nr: nr, arch: arch, args: args})); got != want {
					t.Errorf("%s: %s(%#x...) = %s, want %s", name, syscall, value, got, want)
				}
			}
		}
	}
}

func TestServerLivesUnderDefaultPolicy(t *testing.T) {
	t.Parallel()
	p := defaultPolicy(t)
	if lacks := p.ServerLacks(false); len(lacks) > 0 {
		t.Errorf("the default policy takes %v from the container server", lacks)
	}
	if lacks := p.WithClone3().ServerLacks(true); len(lacks) > 0 {
		t.Errorf("the default policy with clone3 takes %v from the container server", lacks)
	}
	if lacks := p.ServerLacks(true); len(lacks) != 1 || lacks[0] != "clone3" {
		t.Errorf("without clone3, the server lacks %v", lacks)
	}
	strict, err := Parse([]byte(`{"default": "EPERM", "wrong_architecture": "kill", "groups": [
		{"name": "a", "action": "allow", "syscalls": ["clone"], "when": {"arg": 0, "in": [17]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if lacks := strict.ServerLacks(false); len(lacks) < 50 || lacks[len(lacks)-1] != "clone" {
		t.Errorf("under a policy that allows nothing, the server lacks only %v", lacks)
	}
}

func TestSizeAndDigest(t *testing.T) {
	t.Parallel()
	p := defaultPolicy(t)
	f, again, other := compile(t, p), compile(t, p), compile(t, p.WithClone3())
	if f.Digest() != again.Digest() || f.Digest() == other.Digest() {
		t.Errorf("digests %s, %s and %s", f.Digest(), again.Digest(), other.Digest())
	}
	if n := f.Instructions(); n < 100 || n > 1500 {
		t.Errorf("the default program has %d instructions", n)
	}
}

func TestEveryGroupSaysWhy(t *testing.T) {
	t.Parallel()
	for _, g := range defaultPolicy(t).Groups {
		if len(g.Why) < 20 {
			t.Errorf("group %q does not say why", g.Name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	policy := func(groups string) string {
		return `{"default": "EPERM", "wrong_architecture": "kill", "groups": [` + groups + `]}`
	}
	for _, c := range []struct{ name, data, want string }{
		{"nothing", ``, "EOF"},
		{"no JSON", `hello`, "invalid character"},
		{"unknown field", `{"defualt": "EPERM"}`, `unknown field "defualt"`},
		{"two policies", policy(`{"name":"a","action":"allow","syscalls":["read"]}`) + `{}`, "something follows"},
		{"no default", `{"wrong_architecture": "kill"}`, "default is missing"},
		{"no groups", `{"default": "EPERM", "wrong_architecture": "kill"}`, "groups is missing"},
		{"unknown action", `{"default": "maybe"}`, `action "maybe"`},
		{"unknown error", `{"default": "ENONSENSE"}`, `action "ENONSENSE"`},
		{"open architecture", `{"default": "EPERM", "wrong_architecture": "allow"}`, "must not be allow"},
		{"unknown call", policy(`{"name":"a","action":"allow","syscalls":["raed"]}`), `group "a": libseccomp knows no system call "raed"`},
		{"listed twice", policy(`{"name":"a","action":"allow","syscalls":["read","read"]}`), "read is listed twice"},
		{"no name", policy(`{"action":"allow","syscalls":["read"]}`), "group 1 has no name"},
		{"no action", policy(`{"name":"a","syscalls":["read"]}`), "action is missing"},
		{"no calls", policy(`{"name":"a","action":"allow"}`), "syscalls is missing"},
		{"same name", policy(`{"name":"a","action":"allow","syscalls":["read"]},{"name":"a","action":"allow","syscalls":["write"]}`), `two groups are named "a"`},
		{"clash", policy(`{"name":"a","action":"allow","syscalls":["read"]},{"name":"b","action":"kill","syscalls":["read"]}`), `read is decided by group "a" and by group "b"`},
		{"clash of conditions", policy(`{"name":"a","action":"allow","syscalls":["read"],"when":{"arg":0,"in":[1,2]}},
			{"name":"b","action":"kill","syscalls":["read"],"when":{"arg":0,"in":[2]}}`), "read is decided"},
		{"argument 6", policy(`{"name":"a","action":"allow","syscalls":["read"],"when":{"arg":6,"in":[1]}}`), "arg is 6"},
		{"empty condition", policy(`{"name":"a","action":"allow","syscalls":["read"],"when":{"arg":0}}`), "one of in and not"},
		{"value out of mask", policy(`{"name":"a","action":"allow","syscalls":["read"],"when":{"arg":0,"mask":1,"in":[2]}}`), "takes away"},
		{"bad number", policy(`{"name":"a","action":"allow","syscalls":["read"],"when":{"arg":0,"in":[-1]}}`), "-1 is not a number"},
	} {
		_, err := Parse([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, err, c.want)
		}
	}
}

func TestDisjointConditionsPass(t *testing.T) {
	t.Parallel()
	p, err := Parse([]byte(`{"default": "EPERM", "wrong_architecture": "kill", "groups": [
		{"name": "a", "action": "allow", "syscalls": ["read"], "when": {"arg": 0, "in": ["0x10", 3]}},
		{"name": "b", "action": "kill", "syscalls": ["read"], "when": {"arg": 0, "in": [4]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	f, arch := compile(t, p), nativeArch(t)
	for value, want := range map[uint64]string{0x10: "allow", 3: "allow", 4: "kill", 5: "EPERM"} {
		got := verdictText(interpret(t, f, call{nr: number(t, "read"), arch: arch, args: [6]uint64{value}}))
		if got != want {
			t.Errorf("read(%d) = %s, want %s", value, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(policies.Default)
	f.Add([]byte(`{"default": "EPERM", "wrong_architecture": "kill", "groups": [
		{"name": "a", "action": "allow", "syscalls": ["read"], "when": {"arg": 0, "in": ["0x10", 3]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			return
		}
		if _, err := p.Compile(); err != nil {
			t.Errorf("Parse accepts what Compile refuses: %v", err)
		}
	})
}
