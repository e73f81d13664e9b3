package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"weak"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/problem"
)

// equalTests knows which test cases of a problem are equal: same input, files, arguments, answer and comparison. Such
// test cases are run once. It remembers the problems that it has seen last.
type equalTests struct {
	mu    sync.Mutex
	known map[weak.Pointer[problem.Problem]]*testClasses // guarded by mu
}

// maxKnownProblems bounds what is remembered.
const maxKnownProblems = 64

// testClasses are the equal tests of one problem.
type testClasses struct {
	mu    sync.Mutex
	first []int // by test: the first test that is equal to it; guarded by mu
}

// work numbers the units of a plan so that those that are equal have the same number.
func (e *equalTests) work(p *problem.Problem, plan *grading.Plan) ([]int, error) {
	first, err := e.classes(p).get(p)
	if err != nil {
		return nil, fmt.Errorf("compare the test cases of problem %s: %w", p.Name, err)
	}
	work, unitOf, static := make([]int, len(plan.Units)), map[int]int{}, map[string]int{}
	for i, u := range plan.Units {
		work[i] = i
		switch u.Kind {
		case grading.TestCase:
			work[i] = firstSeen(unitOf, first[u.Test], i)
		case grading.StaticTest:
			work[i] = firstSeen(static, fmt.Sprintf("%q", u.Group.Static.Args), i)
		case grading.Grader:
		}
	}
	return work, nil
}

// firstSeen is what is kept under a key; the first to ask is kept.
func firstSeen[K comparable](seen map[K]int, key K, i int) int {
	if first, ok := seen[key]; ok {
		return first
	}
	seen[key] = i
	return i
}

func (e *equalTests) classes(p *problem.Problem) *testClasses {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := weak.Make(p)
	if c := e.known[key]; c != nil {
		return c
	}
	if len(e.known) >= maxKnownProblems || e.known == nil {
		e.known = map[weak.Pointer[problem.Problem]]*testClasses{}
	}
	c := &testClasses{}
	e.known[key] = c
	return c
}

func (c *testClasses) get(p *problem.Problem) ([]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first != nil {
		return c.first, nil
	}
	first, err := groupEqual(p.Tests)
	if err == nil {
		c.first = first
	}
	return first, err
}

// groupEqual finds for each test the first one that is equal to it. Only tests that look alike without their contents
// are read.
func groupEqual(tests []*problem.Test) ([]int, error) {
	first, alike := make([]int, len(tests)), map[string][]int{}
	for i, t := range tests {
		look, err := outside(t)
		if err != nil {
			return nil, err
		}
		first[i] = i
		alike[look] = append(alike[look], i)
	}
	for _, group := range alike {
		if len(group) == 1 {
			continue
		}
		seen := map[string]int{}
		for _, i := range group {
			sum, err := inside(tests[i])
			if err != nil {
				return nil, err
			}
			first[i] = firstSeen(seen, sum, i)
		}
	}
	return first, nil
}

// outside is all that has to be the same in equal tests, without the contents of files.
func outside(t *problem.Test) (string, error) {
	var b strings.Builder
	for _, path := range []string{t.Input, t.Answer} {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%d ", info.Size())
	}
	fmt.Fprintf(&b, "%q %q %q %#v", t.Args, t.ValidatorArgs, t.VisualizerArgs, t.Comparer)
	for _, f := range t.Files {
		fmt.Fprintf(&b, " %q %d %v", f.Name, f.Size, f.Executable)
	}
	return b.String(), nil
}

// inside is a hash of the contents of files whose sizes are known to be the same.
func inside(t *problem.Test) (string, error) {
	h := sha256.New()
	paths := []string{t.Input, t.Answer}
	for _, f := range t.Files {
		paths = append(paths, f.Path)
	}
	for _, path := range paths {
		if err := hashFile(h, path); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
