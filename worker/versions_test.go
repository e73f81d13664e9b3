package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// beforeTags is the commit that stands for the version before as long as no earlier commit has a tag.
const beforeTags = "f510c14"

// git runs git in the module and returns what it printed.
func git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %s", strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

// repository needs a clone that git knows.
func repository() error {
	if _, err := git("rev-parse", "HEAD"); err != nil {
		return fmt.Errorf("the version before is built from what git has of it: %w", err)
	}
	return nil
}

// versionBefore is the newest tag before this commit, which may have one of its own. A shallow clone, or one with another history,
// has no earlier version; then it is this one, which at least shares a queue with itself.
func versionBefore(t *testing.T) string {
	t.Helper()
	if tag, err := git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^"); err == nil {
		return tag
	}
	if _, err := git("rev-parse", "--verify", "--quiet", beforeTags+"^{commit}"); err == nil {
		return beforeTags
	}
	t.Logf("no commit before this one has a tag, and there is no commit %s: git fetch --unshallow --tags brings them", beforeTags)
	return "HEAD"
}

// buildBefore builds the version before and returns the directory of the program "before".
func buildBefore(t *testing.T) string {
	t.Helper()
	commit := versionBefore(t)
	t.Logf("the version before is %s", commit)
	source, bin := t.TempDir(), t.TempDir()
	// Without the path of the directory in them, packages are found in the cache the next time.
	script := `git archive "$1" | tar -x -C "$2" && cd "$2" && go build -buildvcs=false -trimpath -o "$3/before" ./worker`
	cmd := exec.Command("bash", "-o", "pipefail", "-c", script, "bash", commit, source, bin)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", commit, err, out)
	}
	return bin
}

// TestNeighbouringVersions has workers and clients of this version and of the one before share a queue, as they do while a fleet
// is upgraded.
func TestNeighbouringVersions(t *testing.T) {
	if os.Getenv("GAVEL_REQUIRE") != "all" {
		t.Skip("builds another version: make test-host")
	}
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup, repository, sandboxtest.Program("gcc"), sandboxtest.Program("python3"))
	sandboxtest.NoLeaks(t)
	bin := buildBefore(t)
	params := scriptParams(t, "testdata/versions")
	params.Setup = func(env *testscript.Env) error {
		env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
		server, err := embedded.Start(embedded.Config{Dir: filepath.Join(env.WorkDir, "server"), Address: "127.0.0.1:0"})
		if err != nil {
			return err
		}
		env.Defer(func() {
			if err := server.Stop(); err != nil {
				t.Error(err)
			}
		})
		env.Setenv("QUEUE", server.URL())
		return setUpScript(env)
	}
	params.Cmds["verdicts"] = scriptVerdicts
	testscript.Run(t, params)
}

// scriptVerdicts looks that so many attempts have a verdict, that none of them has two, and that nothing else is left.
func scriptVerdicts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: verdicts N")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := client.Connect(ctx, client.Config{URL: ts.Getenv("QUEUE")})
	ts.Check(err)
	defer conn.Close()
	for stream, want := range map[string]string{message.StreamVerdicts: args[0], message.StreamSubmissions: "0", message.StreamDead: "0"} {
		s, err := conn.JetStream().Stream(ctx, stream)
		ts.Check(err)
		info, err := s.Info(ctx, jetstream.WithSubjectFilter(">"))
		ts.Check(err)
		for subject, count := range info.State.Subjects {
			if count != 1 {
				ts.Fatalf("%s has %d messages", subject, count)
			}
		}
		if got := strconv.Itoa(len(info.State.Subjects)); got != want {
			ts.Fatalf("%s has messages of %s subjects, want %s: %v", stream, got, want, info.State.Subjects)
		}
	}
}
