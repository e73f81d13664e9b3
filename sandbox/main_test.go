package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// programsEnv tells the tests where the compiled programs of testdata are. When it is set already, or when
// testdata has them, nothing is compiled: for hosts without a compiler.
const programsEnv = "GAVEL_SANDBOX_TEST_PROGRAMS"

// prebuilt is where they may be already.
const prebuilt = "testdata/programs"

// programsDir is where they are in the containers.
const programsDir = "/programs"

// TestMain compiles the programs of testdata once.
func TestMain(m *testing.M) { os.Exit(compileAndRun(m)) }

func compileAndRun(m *testing.M) int {
	if os.Getenv(programsEnv) != "" {
		return runTests(m) // played by an ordinary user: the programs are there
	}
	if _, err := os.Stat(prebuilt); err == nil {
		dir, err := filepath.Abs(prebuilt)
		if err != nil {
			return complain(err)
		}
		return runWith(m, dir)
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		return runTests(m) // every test that needs the programs says so
	}
	dir, err := os.MkdirTemp("", "gavel-sandbox-test-")
	if err != nil {
		return complain(err)
	}
	defer os.RemoveAll(dir)
	// Programs run under uids of their own.
	if err := errors.Join(os.Chmod(dir, 0o755), compile(dir)); err != nil {
		return complain(err)
	}
	return runWith(m, dir)
}

func runWith(m *testing.M, dir string) int {
	if err := os.Setenv(programsEnv, dir); err != nil {
		return complain(err)
	}
	return runTests(m)
}

// runTests runs the tests, and finds the goroutines that they left.
func runTests(m *testing.M) int {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			return complain(err)
		}
	}
	return code
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// compiled is what every test needs that runs one of the programs.
func compiled() error {
	if os.Getenv(programsEnv) == "" {
		return errors.New("no gcc to compile sandbox/testdata, and " + programsEnv + " names no directory with the programs")
	}
	return nil
}

// compile compiles testdata/*.c into dir, each into a program without dependencies.
func compile(dir string) error {
	sources, err := filepath.Glob("testdata/*.c")
	if err != nil {
		return err
	}
	errs := make([]error, len(sources))
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i, source := range sources {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			program := filepath.Join(dir, strings.TrimSuffix(filepath.Base(source), ".c"))
			out, err := exec.Command("gcc", "-std=gnu17", "-O1", "-static", "-pthread", "-w", "-o", program, source).CombinedOutput()
			if err != nil {
				errs[i] = fmt.Errorf("compile %s: %w\n%s", source, err, out)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
