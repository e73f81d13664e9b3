package container

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyPath is a path that may be there.
func anyPath() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{
		"/w", "/w/f", "/w/d/f", "/tmp", "/tmp/f", "/", "/usr", "/bin/sh", "/proc", "/proc/self/fd", "/proc/1/mem", "/dev/null",
		"", ".", "/w/..", "//", "/w/" + string(make([]byte, 10)),
	}), anyBytes())
}

// anyCommand is a command as a client might send it: what it says is anything.
func anyCommand() *rapid.Generator[*cmd] {
	open := rapid.Custom(func(t *rapid.T) OpenCmd {
		return OpenCmd{
			Path: anyPath().Draw(t, "path"), Flag: rapid.IntRange(0, 1<<30).Draw(t, "flag"), Perm: rapid.Uint32Range(0, 0o7777).Draw(t, "perm"),
			Dir: rapid.Bool().Draw(t, "dir"), Parents: rapid.Bool().Draw(t, "parents"),
		}
	})
	exec := rapid.Custom(func(t *rapid.T) *execCmd {
		x := anyExec().Draw(t, "exec")
		x.NumFiles, x.NumCgroups = rapid.IntRange(0, 5).Draw(t, "files"), 0
		if rapid.Bool().Draw(t, "real") {
			x.Args = rapid.SampledFrom([][]string{{"true"}, {"/bin/sh", "-c", "exit 3"}, {"sleep", "1000"}, {"cat"}}).Draw(t, "args")
			x.Env, x.Dir, x.RLimits, x.Seccomp, x.MakeDirs, x.ExecFile = nil, "", nil, nil, nil, false
		}
		return x
	})
	return rapid.Custom(func(t *rapid.T) *cmd {
		switch kind := rapid.SampledFrom([]cmdType{cmdPing, cmdConf, cmdOpen, cmdDelete, cmdReset, cmdExecve, cmdExecve, cmdKill}).Draw(t, "kind"); kind {
		case cmdConf:
			return &cmd{Cmd: kind, ConfCmd: &confCmd{Conf: anyConfig().Draw(t, "conf")}}
		case cmdOpen:
			return &cmd{Cmd: kind, OpenCmd: listOf(open).Draw(t, "items")}
		case cmdDelete:
			return &cmd{Cmd: kind, DeleteCmd: &deleteCmd{Path: anyPath().Draw(t, "path")}}
		case cmdExecve:
			return &cmd{Cmd: kind, ExecCmd: exec.Draw(t, "command")}
		case cmdPing, cmdReset, cmdKill:
			return &cmd{Cmd: kind}
		default:
			panic(kind)
		}
	})
}

// A server takes anything: well-formed commands that ask for nonsense, and messages that a bit has fallen out of, with
// descriptors or without. It answers each, and is alive and has nothing open after it.
func TestServerTakesAnything(t *testing.T) {
	c := ready(t)
	mustSh(t, c, "true")
	before := openDescriptors(t, c)
	rapid.Check(t, func(rt *rapid.T) {
		message := anyCommand().Draw(rt, "message").append(nil)
		for range rapid.IntRange(0, 3).Draw(rt, "changes") {
			message[rapid.IntRange(0, len(message)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		n := rapid.IntRange(0, 5).Draw(rt, "descriptors")
		m, err := parseCmd(message)
		if err != nil {
			m = nil
		}
		if m != nil && m.ExecCmd != nil && rapid.Bool().Draw(rt, "right number") {
			n = m.descriptors()
		}
		if n > maxFDs || m != nil && m.ExecCmd != nil && m.ExecCmd.NumCgroups > 0 {
			return // the server would keep what it was given for control groups
		}
		raw(t, c, message, nulls(t, n)...)
		answered(t, c, m, n)
		alive(t, c)
	})
	if err := c.Reset(t.Context()); err != nil {
		t.Errorf("Reset() = %v", err)
	}
	sameDescriptors(t, c, before)
	if got := mustSh(t, c, "echo well"); got != "well\n" {
		t.Errorf("a program printed %q", got)
	}
}

// answered waits for what a message must be answered with; m is nil when it is none. A program that runs is killed.
func answered(t *testing.T, c *Client, m *cmd, descriptors int) {
	t.Helper()
	if m != nil && m.Cmd == cmdKill && descriptors == 0 {
		return // it has no answer of its own
	}
	if err := c.awaitReadable(time.Now().Add(patience), -1); err != nil {
		t.Fatalf("wait for a reply: %v", err)
	}
	received, err := c.receive()
	if err != nil {
		t.Fatalf("receive a reply: %v", err)
	}
	closeAll(received.fds) // of files that could be opened
	r := received.reply
	if m == nil && r.Type != replyError {
		t.Fatalf("a message that is none was answered with %+v", r)
	}
	if m == nil || m.Cmd != cmdExecve || r.Type != replySuccess {
		return
	}
	raw(t, c, (&cmd{Cmd: cmdKill}).append(nil))
	if r := rawReply(t, c); r.Type != replyFinished {
		t.Fatalf("a program that was killed was answered with %+v", r)
	}
}
