package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/worker/execute"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/verification"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// TestPrivateConfiguration tries every command that makes containers.
func TestPrivateConfiguration(t *testing.T) {
	source := filepath.Join(t.TempDir(), "a.py")
	if err := os.WriteFile(source, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	state := settings.State{StateDir: filepath.Join(t.TempDir(), "state")}
	const config = settings.ConfigPath("/usr/share/gavel/worker.yaml")
	for name, run := range map[string]func() error{
		"judge": func() error {
			return judgeCmd{State: state, Problem: "./p", Files: []string{source}}.Run(t.Context(), config, terminal.New())
		},
		"verify": func() error {
			return verification.Command{State: state, Packages: []string{"./p"}}.Run(t.Context(), config, terminal.New())
		},
		"exec": func() error {
			return execute.Command{Output: 1, Args: []string{"true"}}.Run(t.Context(), config, terminal.New())
		},
	} {
		err := run()
		if exit.CodeOf(err) != exit.BadRequest || !strings.HasPrefix(err.Error(), "--config: every submission can read /usr/share/gavel/worker.yaml") {
			t.Errorf("%s with --config in /usr = %v", name, err)
		}
	}
	if wholefile.Exists(state.StateDir) {
		t.Error("the state directory was made")
	}
}

// TestPrivatePackageOfDirectory has a link into /usr among the packages of a worker, to a directory that everybody can read all of.
func TestPrivatePackageOfDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/usr/sbin", filepath.Join(dir, "shown")); err != nil {
		t.Fatal(err)
	}
	source, err := library.NewDirSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	source.Check = settings.RejectExposed
	_, err = source.Problem(t.Context(), library.Wanted{Name: "shown"})
	if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), "every submission can read "+dir) {
		t.Errorf("Problem() of a link into /usr = %v", err)
	}
}
