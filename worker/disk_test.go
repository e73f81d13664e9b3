package main

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
)

// TestFullDisk fills the disk of a worker's state while it works. The queue is on another disk: a NATS server whose own
// disk is full stops.
func TestFullDisk(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	disk := sandboxtest.Tmpfs(t, "size=300m,mode=755")
	server, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	params := scriptParams(t, "testdata/disk")
	params.Setup = func(env *testscript.Env) error {
		err := setUpScript(env)
		env.Setenv("DISK", disk)
		env.Setenv("FILL", "250m")
		env.Setenv("GAVEL_STATE_DIR", filepath.Join(disk, "state"))
		env.Setenv("GAVEL_NATS_URL", server.URL())
		return err
	}
	params.Cmds["refusing"] = scriptRefusing
	testscript.Run(t, params)
}

// scriptRefusing waits until the worker of the state directory takes no submissions.
func scriptRefusing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: refusing")
	}
	at, ok := state.FindEndpoint(scriptState(ts, nil))
	if !ok {
		ts.Fatalf("no worker there")
	}
	ts.Check(until("worker takes nothing", func() bool {
		status, _, err := fetch(at.HTTP + "/readyz")
		return err == nil && status == http.StatusServiceUnavailable
	}))
}
