package main

import (
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// scriptExample builds one of the client's examples, the first time that a script asks for it, and runs it against the
// worker of the state directory.
func scriptExample(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: example NAME ARG...")
	}
	binary := ts.MkAbs(".example-" + args[0])
	if !wholefile.Exists(binary) {
		build := exec.Command("go", "build", "-o", binary, "./queue/client/examples/"+args[0])
		build.Dir = filepath.Dir(ts.Getenv("TESTCASES"))
		if text, err := build.CombinedOutput(); err != nil {
			ts.Fatalf("build example: %v\n%s", err, text)
		}
	}
	at, ok := state.FindEndpoint(ts.Getenv("GAVEL_STATE_DIR"))
	if !ok {
		ts.Fatalf("there is no worker")
	}
	err := ts.Exec(binary, append([]string{"-nats", at.NATS, "-nkey", at.NKey}, args[1:]...)...)
	if exit := (*exec.ExitError)(nil); neg != errors.As(err, &exit) {
		ts.Fatalf("example %v: %v", args, err)
	}
}
