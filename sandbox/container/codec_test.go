package container

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/sandbox/forkexec"
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
	return &execCmd{NumFiles: 3, ExecFile: true, NumCgroups: 2, Exec: Exec{
		Args: []string{"a", "", "\x00\xff"}, Env: []string{"A=b"}, Dir: "/w", CgroupV2: true,
		RLimits: []forkexec.RLimit{{Resource: 7, Soft: 1, Hard: ^uint64(0)}}, Seccomp: []byte{1, 0, 2}, MakeDirs: []string{"/w/d"}, ReadOnly: true,
	}}
}

func sampleConf() *confCmd {
	return &confCmd{NumCgroups: 4, CgroupV2: true, Conf: Config{
		HostName: "h", WorkDir: "/w",
		Mounts:        []Mount{{Kind: MountTmpfs, Source: "s", Target: "t", Writable: true, Size: -1, Inodes: 1 << 40, Mode: 0o1777, Owned: true}, {}},
		SymbolicLinks: []Link{{Path: "/a", Target: "b"}}, MaskPaths: []string{"/m"}, ReadOnlyPaths: []string{"/r"},
		Credential: forkexec.Credential{UID: 1<<32 - 1, GID: 1}, DefaultEnv: []string{"E=1"}, InitCommand: []string{"true"},
		UserLimits: []UserLimit{{Name: "max_x", Most: 1 << 40}, {}}, RLimits: []forkexec.RLimit{{Resource: 11, Soft: 1, Hard: ^uint64(0)}},
		Seccomp: []byte("12345678"), RootSize: 1 << 20,
	}}
}

func sampleReplies() map[string]*reply {
	return map[string]*reply{
		"success":       {Type: replySuccess},
		"success, run":  {Type: replySuccess, StartReply: &startReply{SetupCPU: time.Millisecond, Start: time.Hour}},
		"success, open": {Type: replySuccess, OpenReply: &openReply{[]errorReply{{}, {Step: "open", Errno: syscall.ENOENT, Message: "m"}}}},
		"error":         {Type: replyError, Error: &errorReply{Step: "exec", Errno: 4095, Message: "\xff\x00"}},
		"error, empty":  {Type: replyError, Error: &errorReply{}},
		"finished":      {Type: replyFinished, ExecReply: &execReply{Status: 0xffffffff, Wall: time.Hour, SetupCPU: -time.Nanosecond, CPU: 1, PeakRSS: 2}},
	}
}

func TestCmdRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range sampleCmds() {
		t.Run(name, func(t *testing.T) { t.Parallel(); checkCmdRoundTrip(t, want) })
	}
}

func TestReplyRoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range sampleReplies() {
		t.Run(name, func(t *testing.T) { t.Parallel(); checkReplyRoundTrip(t, want) })
	}
}

// fataler is what testing and rapid have in common here.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkCmdRoundTrip(t fataler, want *cmd) {
	t.Helper()
	got, err := parseCmd(want.append(nil))
	if err != nil {
		t.Fatalf("parseCmd(%+v.append()) = %v", want, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("parseCmd(c.append()) differs (-want +got):\n%s", diff)
	}
}

func checkReplyRoundTrip(t fataler, want *reply) {
	t.Helper()
	got, err := parseReply(want.append(nil))
	if err != nil {
		t.Fatalf("parseReply(%+v.append()) = %v", want, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("parseReply(r.append()) differs (-want +got):\n%s", diff)
	}
}

func TestAnyExecRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkCmdRoundTrip(t, &cmd{Cmd: cmdExecve, ExecCmd: anyExec().Draw(t, "exec")})
	})
}

func TestAnyConfRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkCmdRoundTrip(t, &cmd{Cmd: cmdConf, ConfCmd: &confCmd{
			Conf: anyConfig().Draw(t, "conf"), NumCgroups: descriptorCount().Draw(t, "cgroups"), CgroupV2: rapid.Bool().Draw(t, "v2"),
		}})
	})
}

func TestAnyOpenRoundTrip(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	failure := rapid.Custom(func(t *rapid.T) errorReply {
		return errorReply{
			Step: anyBytes().Draw(t, "step"), Errno: syscall.Errno(rapid.IntRange(0, 4095).Draw(t, "errno")), Message: anyBytes().Draw(t, "message"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		e := failure.Draw(t, "error")
		checkReplyRoundTrip(t, &reply{Type: replyError, Error: &e})
		checkReplyRoundTrip(t, &reply{
			Type: replySuccess, OpenReply: &openReply{listOf(failure).Draw(t, "open")}, StartReply: &startReply{
				SetupCPU: time.Duration(rapid.Int64().Draw(t, "setup")), Start: time.Duration(rapid.Int64().Draw(t, "start")),
			},
		})
		checkReplyRoundTrip(t, &reply{Type: replyFinished, ExecReply: &execReply{
			Status: syscall.WaitStatus(rapid.Uint32().Draw(t, "status")),
			Wall:   time.Duration(rapid.Int64().Draw(t, "wall")), SetupCPU: time.Duration(rapid.Int64().Draw(t, "setup")),
			CPU: time.Duration(rapid.Int64().Draw(t, "cpu")), PeakRSS: rapid.Int64().Draw(t, "peak"),
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
	limit := rapid.Custom(func(t *rapid.T) forkexec.RLimit {
		return forkexec.RLimit{Resource: rapid.IntRange(0, 255).Draw(t, "resource"), Soft: rapid.Uint64().Draw(t, "soft"), Hard: rapid.Uint64().Draw(t, "hard")}
	})
	return rapid.Custom(func(t *rapid.T) *execCmd {
		return &execCmd{NumFiles: descriptorCount().Draw(t, "files"), ExecFile: rapid.Bool().Draw(t, "exec file"), NumCgroups: descriptorCount().Draw(t, "cgroups"), Exec: Exec{
			Args: listOf(anyBytes()).Draw(t, "args"), Env: listOf(anyBytes()).Draw(t, "env"), Dir: anyBytes().Draw(t, "dir"),
			CgroupV2: rapid.Bool().Draw(t, "v2"),
			RLimits:  listOf(limit).Draw(t, "limits"), Seccomp: listOf(rapid.Byte()).Draw(t, "seccomp"), MakeDirs: listOf(anyBytes()).Draw(t, "dirs"),
			ReadOnly: rapid.Bool().Draw(t, "read-only"),
		}}
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
	user := rapid.Custom(func(t *rapid.T) UserLimit {
		return UserLimit{Name: anyBytes().Draw(t, "name"), Most: rapid.Uint64().Draw(t, "most")}
	})
	resource := rapid.Custom(func(t *rapid.T) forkexec.RLimit {
		return forkexec.RLimit{Resource: rapid.IntRange(0, 255).Draw(t, "resource"), Soft: rapid.Uint64().Draw(t, "soft"), Hard: rapid.Uint64().Draw(t, "hard")}
	})
	return rapid.Custom(func(t *rapid.T) Config {
		return Config{
			UserLimits: listOf(user).Draw(t, "user limits"), RLimits: listOf(resource).Draw(t, "resource limits"),
			HostName: anyBytes().Draw(t, "host"), WorkDir: anyBytes().Draw(t, "work"),
			Mounts: listOf(mount).Draw(t, "mounts"), SymbolicLinks: listOf(link).Draw(t, "links"),
			MaskPaths: listOf(anyBytes()).Draw(t, "mask"), ReadOnlyPaths: listOf(anyBytes()).Draw(t, "read-only"),
			Credential: forkexec.Credential{UID: rapid.Uint32().Draw(t, "uid"), GID: rapid.Uint32().Draw(t, "gid")},
			DefaultEnv: listOf(anyBytes()).Draw(t, "env"), InitCommand: listOf(anyBytes()).Draw(t, "init"),
			Seccomp: listOf(rapid.Byte()).Draw(t, "seccomp"), RootSize: rapid.Int64().Draw(t, "root"),
		}
	})
}

// malformed are messages that no peer of ours sends.
func malformed() map[string][]byte {
	long := (&cmd{Cmd: cmdExecve, ExecCmd: sampleExec()}).append(nil)
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
	t.Parallel()
	for name, data := range malformed() {
		if c, err := parseCmd(data); !errors.Is(err, errMalformed) {
			t.Errorf("%s: parseCmd(%x) = %+v, %v, want errMalformed", name, data, c, err)
		}
	}
}

func TestParseReplyRefuses(t *testing.T) {
	t.Parallel()
	long := (&reply{Type: replyFinished, ExecReply: &execReply{Status: 1, Wall: 2, SetupCPU: 3}}).append(nil)
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
