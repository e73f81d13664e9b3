package container

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sampleCmds is one of each command, with every field set at least once, and the smallest of each.
func sampleCmds() map[string]*cmd {
	return map[string]*cmd{
		"ping":          {Cmd: cmdPing},
		"reset":         {Cmd: cmdReset},
		"kill":          {Cmd: cmdKill},
		"delete":        {Cmd: cmdDelete, DeleteCmd: &deleteCmd{Path: "/w/a b\n"}},
		"delete empty":  {Cmd: cmdDelete, DeleteCmd: &deleteCmd{}},
		"open nothing":  {Cmd: cmdOpen},
		"open":          {Cmd: cmdOpen, OpenCmd: []OpenCmd{{Path: "/w/x", Flag: syscall.O_WRONLY | syscall.O_CREAT, Perm: 0o4755, Parents: true}, {Dir: true}}},
		"execve empty":  {Cmd: cmdExecve, ExecCmd: &execCmd{}},
		"conf empty":    {Cmd: cmdConf, ConfCmd: &confCmd{}},
		"execve filled": {Cmd: cmdExecve, ExecCmd: sampleExec()},
		"conf filled":   {Cmd: cmdConf, ConfCmd: sampleConf()},
	}
}

func sampleExec() *execCmd {
	return &execCmd{
		Args: []string{"a", "", "\x00\xff"}, Env: []string{"A=b"}, Dir: "/w", Files: 3, ExecFile: true, Cgroups: 2, CgroupV2: true,
		RLimits: []RLimit{{Resource: 7, Soft: 1, Hard: ^uint64(0)}}, Seccomp: []byte{1, 0, 2}, MakeDirs: []string{"/w/d"}, ReadOnly: true,
	}
}

func sampleConf() *confCmd {
	return &confCmd{Cgroups: 4, CgroupV2: true, Conf: Config{
		HostName: "h", WorkDir: "/w",
		Mounts:        []Mount{{Kind: MountTmpfs, Source: "s", Target: "t", Writable: true, Size: -1, Inodes: 1 << 40, Mode: 0o1777, Owned: true}, {}},
		SymbolicLinks: []Link{{Path: "/a", Target: "b"}}, MaskPaths: []string{"/m"}, ReadOnlyPaths: []string{"/r"},
		Credential: Credential{UID: 1<<32 - 1, GID: 1}, DefaultEnv: []string{"E=1"}, InitCommand: []string{"true"},
		Seccomp: []byte("12345678"), RootSize: 1 << 20,
	}}
}

func sampleReplies() map[string]*reply {
	return map[string]*reply{
		"success":       {Type: replySuccess, SetupCPU: time.Millisecond, Start: time.Hour},
		"success, open": {Type: replySuccess, OpenErrors: []errorReply{{}, {Step: "open", Errno: syscall.ENOENT, Message: "m"}}},
		"error":         {Type: replyError, Error: &errorReply{Step: "exec", Errno: 4095, Message: "\xff\x00"}},
		"error, empty":  {Type: replyError, Error: &errorReply{}},
		"finished":      {Type: replyFinished, ExecReply: &execReply{Status: 0xffffffff, Wall: time.Hour, SetupCPU: -time.Nanosecond}},
	}
}

func TestCmdRoundTrip(t *testing.T) {
	for name, want := range sampleCmds() {
		t.Run(name, func(t *testing.T) { checkCmdRoundTrip(t, want) })
	}
}

func TestReplyRoundTrip(t *testing.T) {
	for name, want := range sampleReplies() {
		t.Run(name, func(t *testing.T) { checkReplyRoundTrip(t, want) })
	}
}

// fataler is what testing and rapid have in common here.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkCmdRoundTrip(t fataler, want *cmd) {
	t.Helper()
	got, err := parseCmd(appendCmd(nil, want))
	if err != nil {
		t.Fatalf("parseCmd(appendCmd(%+v)) = %v", want, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("parseCmd(appendCmd(c)) differs (-want +got):\n%s", diff)
	}
}

func checkReplyRoundTrip(t fataler, want *reply) {
	t.Helper()
	got, err := parseReply(appendReply(nil, want))
	if err != nil {
		t.Fatalf("parseReply(appendReply(%+v)) = %v", want, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("parseReply(appendReply(r)) differs (-want +got):\n%s", diff)
	}
}

func TestAnyExecRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkCmdRoundTrip(t, &cmd{Cmd: cmdExecve, ExecCmd: anyExec().Draw(t, "exec")})
	})
}

func TestAnyConfRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkCmdRoundTrip(t, &cmd{Cmd: cmdConf, ConfCmd: &confCmd{
			Conf: anyConfig().Draw(t, "conf"), Cgroups: descriptorCount().Draw(t, "cgroups"), CgroupV2: rapid.Bool().Draw(t, "v2"),
		}})
	})
}

func TestAnyOpenRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.Custom(func(t *rapid.T) OpenCmd {
			return OpenCmd{
				Path: anyBytes().Draw(t, "path"), Flag: rapid.IntRange(0, 1<<30).Draw(t, "flag"),
				Perm: rapid.Uint32Range(0, 0o7777).Draw(t, "perm"), Dir: rapid.Bool().Draw(t, "dir"), Parents: rapid.Bool().Draw(t, "parents"),
			}
		})
		checkCmdRoundTrip(t, &cmd{Cmd: cmdOpen, OpenCmd: listOf(item).Draw(t, "items")})
	})
}

func TestAnyReplyRoundTrip(t *testing.T) {
	failure := rapid.Custom(func(t *rapid.T) errorReply {
		return errorReply{
			Step: anyBytes().Draw(t, "step"), Errno: syscall.Errno(rapid.IntRange(0, 4095).Draw(t, "errno")), Message: anyBytes().Draw(t, "message"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		e := failure.Draw(t, "error")
		checkReplyRoundTrip(t, &reply{Type: replyError, Error: &e})
		checkReplyRoundTrip(t, &reply{
			Type: replySuccess, OpenErrors: listOf(failure).Draw(t, "open"), SetupCPU: time.Duration(rapid.Int64().Draw(t, "setup")),
			Start: time.Duration(rapid.Int64().Draw(t, "start")),
		})
		checkReplyRoundTrip(t, &reply{Type: replyFinished, ExecReply: &execReply{
			Status: syscall.WaitStatus(rapid.Uint32().Draw(t, "status")),
			Wall:   time.Duration(rapid.Int64().Draw(t, "wall")), SetupCPU: time.Duration(rapid.Int64().Draw(t, "setup")),
		}})
	})
}

// anyBytes is any string, not only valid UTF-8.
func anyBytes() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) })
}

// listOf makes lists; one without items is nil, as the decoder makes it.
func listOf[T any](item *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Map(rapid.SliceOfN(item, 0, 20), func(list []T) []T {
		if len(list) == 0 {
			return nil
		}
		return list
	})
}

func descriptorCount() *rapid.Generator[int] { return rapid.IntRange(0, maxFDs) }

func anyExec() *rapid.Generator[*execCmd] {
	limit := rapid.Custom(func(t *rapid.T) RLimit {
		return RLimit{Resource: rapid.IntRange(0, 255).Draw(t, "resource"), Soft: rapid.Uint64().Draw(t, "soft"), Hard: rapid.Uint64().Draw(t, "hard")}
	})
	return rapid.Custom(func(t *rapid.T) *execCmd {
		return &execCmd{
			Args: listOf(anyBytes()).Draw(t, "args"), Env: listOf(anyBytes()).Draw(t, "env"), Dir: anyBytes().Draw(t, "dir"),
			Files: descriptorCount().Draw(t, "files"), ExecFile: rapid.Bool().Draw(t, "exec file"),
			Cgroups: descriptorCount().Draw(t, "cgroups"), CgroupV2: rapid.Bool().Draw(t, "v2"),
			RLimits: listOf(limit).Draw(t, "limits"), Seccomp: listOf(rapid.Byte()).Draw(t, "seccomp"), MakeDirs: listOf(anyBytes()).Draw(t, "dirs"),
			ReadOnly: rapid.Bool().Draw(t, "read-only"),
		}
	})
}

func anyConfig() *rapid.Generator[Config] {
	mount := rapid.Custom(func(t *rapid.T) Mount {
		return Mount{
			Kind: MountKind(rapid.Uint8().Draw(t, "kind")), Source: anyBytes().Draw(t, "source"), Target: anyBytes().Draw(t, "target"),
			Writable: rapid.Bool().Draw(t, "writable"), Size: rapid.Int64().Draw(t, "size"), Inodes: rapid.Int64().Draw(t, "inodes"),
			Mode: rapid.Uint32Range(0, 0o7777).Draw(t, "mode"), Owned: rapid.Bool().Draw(t, "owned"),
		}
	})
	link := rapid.Custom(func(t *rapid.T) Link {
		return Link{Path: anyBytes().Draw(t, "path"), Target: anyBytes().Draw(t, "target")}
	})
	return rapid.Custom(func(t *rapid.T) Config {
		return Config{
			HostName: anyBytes().Draw(t, "host"), WorkDir: anyBytes().Draw(t, "work"),
			Mounts: listOf(mount).Draw(t, "mounts"), SymbolicLinks: listOf(link).Draw(t, "links"),
			MaskPaths: listOf(anyBytes()).Draw(t, "mask"), ReadOnlyPaths: listOf(anyBytes()).Draw(t, "read-only"),
			Credential: Credential{UID: rapid.Uint32().Draw(t, "uid"), GID: rapid.Uint32().Draw(t, "gid")},
			DefaultEnv: listOf(anyBytes()).Draw(t, "env"), InitCommand: listOf(anyBytes()).Draw(t, "init"),
			Seccomp: listOf(rapid.Byte()).Draw(t, "seccomp"), RootSize: rapid.Int64().Draw(t, "root"),
		}
	})
}

// malformed are messages that no peer of ours sends.
func malformed() map[string][]byte {
	long := appendCmd(nil, &cmd{Cmd: cmdExecve, ExecCmd: sampleExec()})
	return map[string][]byte{
		"another version":         {protocolVersion + 1, byte(cmdPing)},
		"version only":            {protocolVersion},
		"command 0":               {protocolVersion, 0},
		"unknown command":         {protocolVersion, 200},
		"command beyond a byte":   {protocolVersion, 0x80, 0x02},
		"endless number":          {protocolVersion, byte(cmdDelete), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"bytes after the end":     {protocolVersion, byte(cmdPing), 0},
		"cut off":                 long[:len(long)-1],
		"no fields":               {protocolVersion, byte(cmdExecve)},
		"string beyond the end":   {protocolVersion, byte(cmdDelete), 5, 'a'},
		"huge string":             {protocolVersion, byte(cmdDelete), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"list beyond the end":     {protocolVersion, byte(cmdOpen), 0xff, 0x7f},
		"huge list":               {protocolVersion, byte(cmdOpen), 0xff, 0xff, 0xff, 0xff, 0x0f},
		"bool of 2":               {protocolVersion, byte(cmdOpen), 1, 1, '/', 0, 0, 2, 0},
		"permissions out of bits": {protocolVersion, byte(cmdOpen), 1, 1, '/', 0, 0xff, 0x7f, 0, 0},
	}
}

func TestParseCmdRefuses(t *testing.T) {
	for name, data := range malformed() {
		if c, err := parseCmd(data); !errors.Is(err, errMalformed) {
			t.Errorf("%s: parseCmd(%x) = %+v, %v, want errMalformed", name, data, c, err)
		}
	}
}

func TestParseReplyRefuses(t *testing.T) {
	long := appendReply(nil, &reply{Type: replyFinished, ExecReply: &execReply{Status: 1, Wall: 2, SetupCPU: 3}})
	for name, data := range map[string][]byte{
		"nothing":             {},
		"another version":     {0, byte(replySuccess), 0},
		"unknown type":        {protocolVersion, 9},
		"errno out of range":  {protocolVersion, byte(replyError), 0, 0x80, 0x20, 0},
		"status beyond 32":    {protocolVersion, byte(replyFinished), 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0},
		"cut off":             long[:len(long)-1],
		"bytes after the end": append(long, 0),
	} {
		if r, err := parseReply(data); !errors.Is(err, errMalformed) {
			t.Errorf("%s: parseReply(%x) = %+v, %v, want errMalformed", name, data, r, err)
		}
	}
}
