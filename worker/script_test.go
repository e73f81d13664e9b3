package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// TestMain lets the test binary play gavel in the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gavel": main})
}

// TestScript runs what a user sees, as far as it needs no containers.
func TestScript(t *testing.T) {
	testscript.Run(t, scriptParams("testdata/script"))
}

// TestKernelScript runs what needs containers.
func TestKernelScript(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	testscript.Run(t, scriptParams("testdata/kernel"))
}

func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			root, err := filepath.Abs("..")
			if err != nil {
				return err
			}
			env.Setenv("TESTCASES", filepath.Join(root, "testcases"))
			env.Setenv("GAVEL_STATE_DIR", filepath.Join(env.WorkDir, "state"))
			env.Setenv("GAVEL_NATS_LISTEN", "127.0.0.1:0")
			env.Setenv("GAVEL_HTTP", "127.0.0.1:0")
			env.Setenv("TMPDIR", filepath.Join(env.WorkDir, ".tmp"))
			return os.MkdirAll(filepath.Join(env.WorkDir, ".tmp"), 0o700)
		},
		Cmds: scriptCommands(),
	}
}
