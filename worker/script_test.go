package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// TestMain lets the test binary play gavel in the scripts, a terminal around it, and the nats command line for the README. It
// fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"gavel": main, "nats": natsMain, "onterminal": onTerminalMain})
}

// leakChecked are tests that leave no goroutine behind.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// TestScript runs what a user sees, as far as it needs no containers.
func TestScript(t *testing.T) {
	testscript.Run(t, scriptParams(t, "testdata/script"))
}

// TestKernelScript runs what needs containers.
func TestKernelScript(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	testscript.Run(t, scriptParams(t, "testdata/kernel"))
}

func scriptParams(t *testing.T, dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		WorkdirRoot:         t.TempDir(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUpScript,
		Cmds:                scriptCommands(),
		Condition:           scriptCondition,
	}
}

// scriptCondition knows [nohup]: that SIGHUP is ignored, as whoever started the test has asked, so that gavel ignores it too.
func scriptCondition(cond string) (bool, error) {
	if cond != "nohup" {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	return signal.Ignored(syscall.SIGHUP), nil
}

// setUpScript gives a script a state directory of its own. TESTCASES are the sample packages, LANGUAGES is a
// small language table that needs no preparation, PREPARED is where those of the whole table are kept.
func setUpScript(env *testscript.Env) error {
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	languages, err := filepath.Abs("testdata/languages.yaml")
	if err != nil {
		return err
	}
	prepared := filepath.Join(root, ".gavel", "test", "prepared")
	temp := filepath.Join(env.WorkDir, ".tmp")
	for name, value := range map[string]string{
		"TESTCASES":         filepath.Join(root, "testcases"),
		"LANGUAGES":         languages,
		"PREPARED":          prepared,
		"GAVEL_STATE_DIR":   filepath.Join(env.WorkDir, "state"),
		"GAVEL_NATS_LISTEN": "127.0.0.1:0",
		"GAVEL_HTTP":        "127.0.0.1:0",
		"GAVEL_PYTHON":      "cpython", // whatever is installed
		"TMPDIR":            temp,
	} {
		env.Setenv(name, value)
	}
	if !racyScripts[scriptName(env)] {
		plain, err := plainGavel()
		if err != nil {
			return err
		}
		if plain != "" {
			env.Setenv("PATH", plain+string(os.PathListSeparator)+env.Getenv("PATH"))
		}
	}
	return errors.Join(os.MkdirAll(prepared, 0o755), os.MkdirAll(temp, 0o700))
}

// racyScripts run gavel with the race detector, where the tests are built with it: its parts are stopped, cut off and killed
// while they work, or asked many things at once.
var racyScripts = map[string]bool{"batch": true, "hangup": true, "interrupt": true, "kill": true, "reload": true, "serve": true}

// scriptName is the name of the script that an environment is for, without extension.
func scriptName(env *testscript.Env) string {
	return strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
}
