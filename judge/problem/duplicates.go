package problem

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// duplicates are the equal test cases of a problem, found once. The zero value is usable.
type duplicates struct {
	mu    sync.Mutex
	first []int // by test: the first test that is equal to it; nil when not found yet; guarded by mu
}

// DuplicateTests returns, for each test case, the index of the first one that is equal to it, which may be itself. Equal
// test cases have the same input, files, arguments, answer and comparison, so that one of them has to be run. The files
// are read at the first call; an error is the host's. The caller must not change the result.
func (p *Problem) DuplicateTests() ([]int, error) {
	d := &p.duplicates
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.first != nil {
		return d.first, nil
	}
	first, err := duplicateTests(p.Tests)
	if err != nil {
		return nil, fmt.Errorf("compare the test cases of problem %s: %w", p.Name, err)
	}
	d.first = first
	return first, nil
}

// duplicateTests does the work of DuplicateTests. Only the contents of tests that are the same otherwise are read.
func duplicateTests(tests []*Test) ([]int, error) {
	first, alike := make([]int, len(tests)), map[string][]int{}
	for i, t := range tests {
		key, err := metadataKey(t)
		if err != nil {
			return nil, err
		}
		first[i] = i
		alike[key] = append(alike[key], i)
	}
	for _, group := range alike {
		if len(group) == 1 {
			continue
		}
		seen := map[string]int{}
		for _, i := range group {
			hash, err := contentHash(tests[i])
			if err != nil {
				return nil, err
			}
			if j, ok := seen[hash]; ok {
				first[i] = j
			} else {
				seen[hash] = i
			}
		}
	}
	return first, nil
}

// metadataKey is all that has to be the same in equal tests, but for the contents of files.
func metadataKey(t *Test) (string, error) {
	var b strings.Builder
	for _, path := range []string{t.Input, t.Answer} {
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%d ", info.Size())
	}
	fmt.Fprintf(&b, "%q %q %q", t.Args, t.ValidatorArgs, t.VisualizerArgs)
	if t.Comparer != nil {
		fmt.Fprintf(&b, " %q", t.Comparer.Key())
	}
	for _, f := range t.Files {
		fmt.Fprintf(&b, " %q %d %v", f.Name, f.Size, f.Executable)
	}
	return b.String(), nil
}

// contentHash is a hash of the contents of files whose sizes are known to be the same.
func contentHash(t *Test) (string, error) {
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
