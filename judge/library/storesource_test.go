package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// shop has archives for tests. The newest version of a problem is the last one that was added.
type shop struct {
	mu       sync.Mutex
	archives map[string][]byte // by digest
	newest   map[string]string // digest by name
	fetches  map[string]int    // by digest
	arrived  chan struct{}     // gets one for each fetch that begins; may be nil
	open     chan struct{}     // fetches wait until it is closed; may be nil
	fault    error             // of the next fetch, half through
}

func newShop() *shop {
	return &shop{archives: map[string][]byte{}, newest: map[string]string{}, fetches: map[string]int{}}
}

// add makes a version of a problem whose archive has at least size bytes.
func (s *shop) add(t *testing.T, name string, size int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	files := judgetest.Double()
	files["data/secret/9.in"], files["data/secret/9.ans"] = "1"+strings.Repeat(" ", size), "2"
	judgetest.WriteFiles(t, dir, files)
	p, err := reader.Load(dir, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := p.Pack(&archive); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := fmt.Sprintf("%064x", len(s.archives)+1)
	s.archives[digest], s.newest[name] = archive.Bytes(), digest
	return digest
}

func (s *shop) Version(_ context.Context, w Wanted) (api.ProblemVersion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := w.Digest
	if digest == "" {
		digest = s.newest[w.Name]
	}
	if digest == "" {
		return api.ProblemVersion{}, api.Refuse(verdict.ClassProblem, fmt.Errorf("%w: the shop does not have it", ErrNoProblem))
	}
	return api.ProblemVersion{Name: w.Name, Digest: digest}, nil
}

func (s *shop) Fetch(ctx context.Context, v api.ProblemVersion, w io.Writer) error {
	s.mu.Lock()
	s.fetches[v.Digest]++
	archive, arrived, open, fault := s.archives[v.Digest], s.arrived, s.open, s.fault
	s.fault = nil
	s.mu.Unlock()
	if arrived != nil {
		arrived <- struct{}{}
	}
	if open != nil {
		select {
		case <-open:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if fault != nil {
		archive = archive[:len(archive)/2]
	}
	_, err := w.Write(archive)
	return errors.Join(err, fault)
}

// fetched tells how often a version was fetched.
func (s *shop) fetched(digest string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches[digest]
}

func openStored(t *testing.T, from *shop, dir string, limit sandbox.Bytes) *StoreSource {
	t.Helper()
	s, err := OpenStoreSource(StoreConfig{Archives: from, Dir: dir, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// borrow gets a package that must be there, and reads all of its inputs.
func borrow(t *testing.T, s Source, name string) Handle {
	t.Helper()
	lent, err := s.Problem(t.Context(), Wanted{Name: name})
	if err != nil {
		t.Errorf("Problem(%q) = %v", name, err)
		return Handle{Release: func() {}}
	}
	for _, test := range lent.Problem.Tests {
		if _, err := os.ReadFile(test.Input); err != nil {
			t.Errorf("read a test of %s: %v", name, err)
		}
	}
	return lent
}

func TestStoreSourceSharesOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := newShop()
		digest := from.add(t, "sum", 0)
		from.arrived, from.open = make(chan struct{}, 1), make(chan struct{})
		s := openStored(t, from, t.TempDir(), 0)
		ctx, cancel := context.WithCancel(t.Context())
		var first, others sync.WaitGroup
		first.Go(func() {
			if _, err := s.Problem(ctx, Wanted{Name: "sum"}); !errors.Is(err, context.Canceled) {
				t.Errorf("the one who left: %v", err)
			}
		})
		<-from.arrived
		for range 20 {
			others.Go(func() {
				lent := borrow(t, s, "sum")
				defer lent.Release()
				if lent.Digest != digest || lent.Problem != nil && lent.Problem.Name != "sum" {
					t.Errorf("lent %+v", lent)
				}
			})
		}
		synctest.Wait() // all of them wait for the fetch
		cancel()        // who asked first leaves, and the fetch goes on
		first.Wait()
		close(from.open)
		others.Wait()
		if n := from.fetched(digest); n != 1 {
			t.Errorf("fetched %d times, want once", n)
		}
	})
}

func TestStoreSourceEvictsNothingInUse(t *testing.T) {
	from := newShop()
	names := []string{"a", "b", "c", "d"}
	for _, name := range names {
		from.add(t, name, 50_000)
	}
	dir := t.TempDir()
	s := openStored(t, from, dir, 110_000) // two of them
	held := borrow(t, s, "a")
	for _, name := range names[1:] {
		borrow(t, s, name).Release()
	}
	borrow(t, s, "a").Release() // still loaded
	if n := from.fetched(held.Digest); n != 1 {
		t.Errorf("the one in use was fetched %d times", n)
	}
	for name, want := range map[string]bool{"a": true, "b": false, "c": false, "d": true} {
		found, err := filepath.Glob(filepath.Join(dir, name+"@*"))
		if err != nil || len(found) == 1 != want {
			t.Errorf("%s is kept: %v, want %v", name, found, want)
		}
	}
	var many sync.WaitGroup
	for i := range 40 {
		many.Go(func() { borrow(t, s, names[i%4]).Release() })
	}
	many.Wait()
	held.Release()
	kept, err := os.ReadDir(dir)
	if err != nil || len(kept) > 2 || len(s.open) != len(kept) {
		t.Errorf("kept: %v, %v, of which %d are open; want two that are open", kept, err, len(s.open))
	}
	for i, name := range names { // none is still in use
		borrow(t, s, names[(i+1)%4]).Release()
		borrow(t, s, names[(i+2)%4]).Release()
		if found, err := filepath.Glob(filepath.Join(dir, name+"@*")); err != nil || len(found) > 0 {
			t.Errorf("%s is kept after two others: %v, %v", name, found, err)
		}
	}
}

// What is on disk is used after a restart, and fetched again when it is not what it was.
func TestStoreSourceFetchesAgainWhatIsNotWhole(t *testing.T) {
	from := newShop()
	digest := from.add(t, "sum", 10)
	input := filepath.Join("sum", "data", "secret", "9.in")
	for name, test := range map[string]struct {
		damage func(dir string) error
		again  int
	}{
		"whole": {func(string) error { return nil }, 0},
		"a bit turned": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, input), []byte("3"+strings.Repeat(" ", 10)), 0o644)
		}, 1},
		"cut short":   {func(dir string) error { return os.Truncate(filepath.Join(dir, input), 0) }, 1},
		"a file lost": {func(dir string) error { return os.Remove(filepath.Join(dir, input)) }, 1},
		"not a package": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "sum", "problem.yaml"), []byte("]"), 0o644)
		}, 1},
		"everything lost":            {os.RemoveAll, 1},
		"killed before it was noted": {func(dir string) error { return os.Remove(filepath.Join(dir, noteName)) }, 1},
		"killed while it was noted":  {func(dir string) error { return os.Truncate(filepath.Join(dir, noteName), 10) }, 1},
		"killed while it was fetched": {func(dir string) error {
			half := filepath.Join(filepath.Dir(dir), ".new-123")
			return errors.Join(os.Rename(dir, half), os.WriteFile(filepath.Join(half, archiveName), []byte("PK"), 0o600))
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			borrow(t, openStored(t, from, dir, 0), "sum").Release()
			before := from.fetched(digest)
			if err := test.damage(filepath.Join(dir, "sum@"+digest)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				s := openStored(t, from, dir, 0)
				lent := borrow(t, s, "sum")
				if data, err := os.ReadFile(lent.Problem.Tests[len(lent.Problem.Tests)-1].Input); err != nil || string(data) != "1"+strings.Repeat(" ", 10) {
					t.Errorf("input is %q, %v", data, err)
				}
				lent.Release()
			}
			if n := from.fetched(digest) - before; n != test.again {
				t.Errorf("fetched %d times more, want %d", n, test.again)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".new-"+"*")); len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

func TestStoreSourceTellsFaultFromRefusal(t *testing.T) {
	from := newShop()
	digest := from.add(t, "sum", 0)
	from.add(t, "nonsense", 0)
	from.archives[from.newest["nonsense"]] = []byte("no archive")
	var broken bytes.Buffer
	dir := filepath.Join(t.TempDir(), "broken")
	judgetest.WriteFiles(t, dir, judgetest.Double())
	p, err := reader.Load(dir, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	judgetest.WriteFiles(t, dir, map[string]string{"problem.yaml": strings.Repeat("?", len(judgetest.Double()["problem.yaml"]))})
	if err := p.Pack(&broken); err != nil {
		t.Fatal(err)
	}
	from.add(t, "broken", 0)
	from.archives[from.newest["broken"]] = broken.Bytes()
	cache := t.TempDir()
	s := openStored(t, from, cache, 0)

	from.fault = fs.ErrClosed
	if _, err := s.Problem(t.Context(), Wanted{Name: "sum"}); !errors.Is(err, fs.ErrClosed) || errors.Is(err, api.ErrRejected) {
		t.Errorf("fetch that broke off: %v, want a fault", err)
	}
	borrow(t, s, "sum").Release()
	if n := from.fetched(digest); n != 2 {
		t.Errorf("fetched %d times, want 2", n)
	}
	for _, name := range []string{"nonsense", "broken", "broken", "unknown"} {
		if _, err := s.Problem(t.Context(), Wanted{Name: name}); !errors.Is(err, api.ErrRejected) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	if n := from.fetched(from.newest["broken"]); n != 1 {
		t.Errorf("the broken package was fetched %d times, want once", n)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, ".new-"+"*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestChainPrefersTheDirectory(t *testing.T) {
	from := newShop()
	digest := from.add(t, "both", 0)
	from.add(t, "stored", 0)
	packages := t.TempDir()
	judgetest.WriteFiles(t, filepath.Join(packages, "both"), judgetest.Double())
	dir, err := NewDirSource(packages)
	if err != nil {
		t.Fatal(err)
	}
	source := Chain{Dir: dir, Store: openStored(t, from, t.TempDir(), 0)}
	defer source.Close()
	for _, test := range []struct {
		want   Wanted
		digest string
	}{
		{Wanted{Name: "both"}, ""},
		{Wanted{Name: "both", Digest: digest}, digest},
		{Wanted{Name: "stored"}, from.newest["stored"]},
	} {
		lent, err := source.Problem(t.Context(), test.want)
		if err != nil || lent.Digest != test.digest {
			t.Errorf("Problem(%+v) has digest %q, %v; want %q", test.want, lent.Digest, err, test.digest)
			continue
		}
		lent.Release()
	}
	_, err = source.Problem(t.Context(), Wanted{Name: "nowhere"})
	if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), packages) || !strings.Contains(err.Error(), "the shop") {
		t.Errorf("Problem(nowhere) = %v, want a refusal that names both places", err)
	}
	if _, err := dir.Problem(t.Context(), Wanted{Name: "both", Digest: digest}); !errors.Is(err, api.ErrRejected) {
		t.Errorf("a directory gives a digest: %v", err)
	}
}
