package attacktest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// ordinaryEnv makes TestAttacksAsOrdinaryUser play its part.
const ordinaryEnv = "GAVEL_ATTACKS_ORDINARY"

// TestAttacksRootless is the suite against the worker of an ordinary user, without the languages that take
// preparation. What the worker cannot hold without control groups is admitted in the manifest, with the reason.
func TestAttacksRootless(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	subIDs := sandboxtest.Program("newuidmap")
	for _, test := range []struct {
		name              string
		subIDs, delegated bool
		needs             []sandboxtest.Need
	}{
		{"nothing", false, false, nil},
		{"sub-ids", true, false, []sandboxtest.Need{subIDs}},
		{"delegated group", false, true, []sandboxtest.Need{sandboxtest.Delegable}},
		{"both", true, true, []sandboxtest.Need{subIDs, sandboxtest.Delegable}},
	} {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			sandboxtest.Optional(t, append(test.needs, sandboxtest.Program("unshare"), sandboxtest.Program("setpriv"))...)
			user := sandboxtest.NewOrdinary(t, test.subIDs)
			user.Delegated = test.delegated
			binary := user.Binary(t)
			env := []string{
				ordinaryEnv + "=1", "GAVEL_ATTACK=" + os.Getenv("GAVEL_ATTACK"), timesEnv + "=" + os.Getenv(timesEnv),
				"GAVEL_LANGUAGES=" + filepath.Join(user.Home, "languages.yaml"),
			}
			cmd := user.Command(t, env, binary, "-test.run=^TestAttacksAsOrdinaryUser$", "-test.v", "-test.timeout="+left(t))
			cmd.Dir = equip(t, user)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
			fmt.Printf("as an ordinary user with %s:\n", test.name)
			if err := cmd.Run(); err != nil {
				t.Errorf("as an ordinary user: %v", err)
			}
		})
	}
}

// left is how much time this test still has, as a flag for another; 0 is without end.
func left(t *testing.T) string {
	t.Helper()
	deadline, ok := t.Deadline()
	if !ok {
		return "0"
	}
	return time.Until(deadline).String()
}

// equip gives the suite to the user, and returns where the test runs.
func equip(t *testing.T, user *sandboxtest.Ordinary) string {
	t.Helper()
	dir := filepath.Join(user.Home, "judge", "attacktest")
	table, err := os.ReadFile("../../worker/testdata/languages.yaml")
	err = errors.Join(err,
		os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS("testdata")),
		os.CopyFS(filepath.Join(user.Home, "testcases", "attacks"), os.DirFS(suite)),
		os.WriteFile(filepath.Join(user.Home, "languages.yaml"), table, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAttacksAsOrdinaryUser is the part of TestAttacksRootless that runs without privileges.
func TestAttacksAsOrdinaryUser(t *testing.T) {
	if os.Getenv(ordinaryEnv) == "" {
		t.Skip("a part of TestAttacksRootless")
	}
	attackAll(t)
}
