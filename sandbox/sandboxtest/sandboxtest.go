// Package sandboxtest says what a kernel test needs, and holds it to leaving nothing behind.
//
//	func TestSomething(t *testing.T) {
//		sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
//		sandboxtest.NoLeaks(t)
//		...
//
// A need that is not met skips the test. With GAVEL_REQUIRE=all in the environment it fails it instead, so
// that nobody passes by skipping; with GAVEL_REQUIRE=kernel only toolchains may be missing, as they are in the
// virtual machine.
package sandboxtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/gaveloj/gavel/sandbox/cgroup"
)

// Need is something that a test cannot do without. Its error says what is missing.
type Need func() error

// Root is needed to make control groups and namespaces with an id range.
func Root() error {
	if euid := os.Geteuid(); euid != 0 {
		return fmt.Errorf("running as uid %d, not as root", euid)
	}
	return nil
}

// Cgroup needs control groups that cgroup.Probe accepts.
func Cgroup() error {
	_, err := cgroup.Probe()
	return err
}

// CgroupVersion needs control groups of that version.
func CgroupVersion(version int) Need {
	return func() error {
		h, err := cgroup.Probe()
		if err == nil && h.Version() != version {
			err = fmt.Errorf("control groups here are of version %d, not %d", h.Version(), version)
		}
		return err
	}
}

// Program needs a program in the PATH.
func Program(name string) Need {
	return func() error {
		_, err := exec.LookPath(name)
		return err
	}
}

// Require skips the test when a need is not met, or fails it when GAVEL_REQUIRE is all or kernel.
func Require(t testing.TB, needs ...Need) {
	t.Helper()
	require(t, needs, "all", "kernel")
}

// RequireToolchain is Require for compilers and interpreters: it fails the test when GAVEL_REQUIRE is all.
func RequireToolchain(t testing.TB, needs ...Need) {
	t.Helper()
	require(t, needs, "all")
}

// require fails the test for an unmet need when GAVEL_REQUIRE is one of those words, and else skips it.
func require(t testing.TB, needs []Need, strict ...string) {
	t.Helper()
	err := check(needs)
	if word := os.Getenv("GAVEL_REQUIRE"); err != nil && slices.Contains(strict, word) {
		t.Fatalf("GAVEL_REQUIRE=%s, but %v", word, err)
	}
	if err != nil {
		t.Skip(err)
	}
}

// Optional skips the test when a need is not met, whatever GAVEL_REQUIRE says: for what no host has to have.
func Optional(t testing.TB, needs ...Need) {
	t.Helper()
	if err := check(needs); err != nil {
		t.Skip(err)
	}
}

func check(needs []Need) error {
	var errs []error
	for _, need := range needs {
		errs = append(errs, need())
	}
	return errors.Join(errs...)
}
