package judge

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/metrics"
)

// shelf is a Source of packages that are loaded already.
type shelf map[string]*problem.Problem

func (s shelf) Problem(_ context.Context, w library.Wanted) (library.Handle, error) {
	return library.Handle{Problem: s[w.Name], Release: func() {}}, nil
}

// brokenComparer panics on every output.
type brokenComparer struct{ checker.Options }

func (brokenComparer) Compare(output, answer []byte) checker.Result {
	panic("index of a table that is not there")
}

// brokenKeeper panics on every file that a checker leaves.
type brokenKeeper struct{}

func (brokenKeeper) Keep(context.Context, string, string, api.Artifact) api.Artifact {
	panic("no such store")
}

// A panic while judging is the fault of one submission: judging happens in goroutines of the judge's own, where a recover
// of its caller never runs. Another submission goes on meanwhile.
func TestPanicCostsOneSubmission(t *testing.T) {
	problems := shelf{
		"sound":    judgetest.Package(t, "sound", judgetest.Double()),
		"comparer": judgetest.Package(t, "comparer", judgetest.Double()),
		"checker": judgetest.Package(t, "checker", custom(map[string]string{
			"v.py": "import sys\nopen(sys.argv[3] + '/note.txt', 'w').write('x')\nsys.exit(42)\n",
		})),
	}
	for _, test := range problems["comparer"].Tests {
		test.Comparer = brokenComparer{}
	}
	b := newBenchWith(t, []string{"python3"}, func(c *Config) { c.Problems, c.Keeper = problems, brokenKeeper{} })
	// Counting on metrics that were never made panics, and the first thing that is counted is the container of a compile call.
	compiling, err := New(Config{
		Pool: b.pool, Languages: b.languages, StateDir: t.TempDir(), Problems: problems, Metrics: &metrics.Metrics{},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer compiling.Close()
	for name, tt := range map[string]struct {
		judge   *Judge
		problem string
	}{
		"comparer": {b.judge, "comparer"}, "checker": {b.judge, "checker"}, "compile call": {compiling, "sound"},
	} {
		t.Run(name, func(t *testing.T) {
			var both sync.WaitGroup
			both.Go(func() {
				sub := submission("poison", "python3", file("a.py", "print(2*int(input()))"))
				sub.Problem, sub.Keep = tt.problem, []api.ArtifactKind{api.ArtifactFeedback}
				var panicked *guard.PanicError
				if r, err := tt.judge.Judge(t.Context(), sub, nil); !errors.As(err, &panicked) || len(panicked.Stack) == 0 {
					t.Errorf("Judge() = %s, %v; want a panic with its stack", r.Verdict, err)
				}
			})
			both.Go(func() {
				sub := submission("other", "python3", file("b.py", "print(int(input())*2)"))
				sub.Problem = "sound"
				if r, err := b.judge.Judge(t.Context(), sub, nil); err != nil || r.Verdict != "AC" {
					t.Errorf("the other submission: %s, %v; want AC", r.Verdict, err)
				}
			})
			both.Wait()
		})
	}
}

// Cleaning the artifact store decides no verdict: an old artifact that cannot be removed is reported, and that is all.
func TestUndeletableArtifact(t *testing.T) {
	var mu sync.Mutex
	var reported []error
	b := newBenchWith(t, []string{"python3"}, func(c *Config) {
		c.ArtifactBytes = 1
		c.OnCacheError = func(err error) {
			mu.Lock()
			defer mu.Unlock()
			reported = append(reported, err)
		}
		old := filepath.Join(c.StateDir, "artifacts", "old")
		if err := os.MkdirAll(old, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(old, "0"), make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
		// A mount point can be neither renamed nor removed, whoever tries.
		if err := unix.Mount(old, old, "", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(old, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	})
	p := judgetest.Package(t, "double", judgetest.Double())
	r, err := b.judge.JudgeProblem(t.Context(), p, submission("x", "python3", file("a.py", "print(2*int(input()))")), nil)
	if err != nil || r.Verdict != "AC" {
		t.Errorf("JudgeProblem() = %s, %v; want AC", r.Verdict, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(reported) == 0 {
		t.Error("nothing was reported of the artifact that cannot be removed")
	}
}
