package artifact

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/judge/diskcache"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

var testLanguage = &language.Language{ID: "test", Compile: language.CompileRule{Keep: language.KeepSources}}

// compiled is a compilation that left one file of the given size.
func compiled(size int) *language.Compilation {
	return &language.Compilation{
		Log: "fine", CPU: time.Millisecond,
		Program: &language.Program{
			Language: testLanguage, Entry: "a",
			Files: []sandbox.File{{Path: "a", Mode: 0o755, Data: make([]byte, size)}},
		},
	}
}

// counted returns a compileFunc and how often it was called.
func counted(size int) (CompileFunc, *atomic.Int32) {
	calls := new(atomic.Int32)
	return func(context.Context) (*language.Compilation, error) {
		calls.Add(1)
		return compiled(size), nil
	}, calls
}

func newStore(t *testing.T, dir string, limit sandbox.Bytes) *Store {
	t.Helper()
	s, err := OpenStore(dir, limit, nil)
	if err != nil {
		t.Fatalf("openStore() = %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func mustGet(t *testing.T, s *Store, key string, compile CompileFunc) (*Compiled, Result) {
	t.Helper()
	a, b, err := s.Get(t.Context(), key, testLanguage, compile)
	if err != nil || a == nil {
		t.Fatalf("get(%q) = %v, %+v, %v", key, a, b, err)
	}
	return a, b
}

func mustRelease(t *testing.T, s *Store, a *Compiled) {
	t.Helper()
	s.Release(a)
}

func TestStoreKeepsArtifactsBetweenStarts(t *testing.T) {
	dir := t.TempDir()
	compile, calls := counted(100)
	for start := range 3 {
		s := newStore(t, dir, sandbox.MiB)
		a, b := mustGet(t, s, "k", compile)
		if b.Cached != (start > 0) || b.Report.Cached != b.Cached {
			t.Errorf("start %d: cached is %v in %+v", start, b.Cached, b)
		}
		if f := a.Program.Files[0]; len(f.Data) != 100 || f.Mode != 0o755 || a.Program.Entry != "a" || b.Report.Log != "fine" {
			t.Errorf("start %d: artifact changed: %+v, %+v", start, a.Program, b)
		}
		mustRelease(t, s, a)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("compiled %d times, want once", n)
	}
}

func TestStoreSharesOneCompilation(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, t.TempDir(), sandbox.MiB)
		var calls atomic.Int32
		compile := func(context.Context) (*language.Compilation, error) {
			calls.Add(1)
			<-time.After(time.Second)
			return compiled(10), nil
		}
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				a, _ := mustGet(t, s, "k", compile)
				mustRelease(t, s, a)
			})
		}
		group.Wait()
		if n := calls.Load(); n != 1 {
			t.Errorf("compiled %d times, want once", n)
		}
	})
}

func TestStoreGoesOnForThoseWhoStillWait(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, t.TempDir(), sandbox.MiB)
		cause := errors.New("withdrawn")
		ctx, cancel := context.WithCancelCause(t.Context())
		compile := func(ctx context.Context) (*language.Compilation, error) {
			select {
			case <-time.After(time.Second):
				return compiled(10), nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		var group sync.WaitGroup
		group.Go(func() {
			if _, _, err := s.Get(ctx, "k", testLanguage, compile); !errors.Is(err, cause) {
				t.Errorf("the one who left: %v, want %v", err, cause)
			}
		})
		synctest.Wait()
		group.Go(func() {
			a, _ := mustGet(t, s, "k", compile)
			mustRelease(t, s, a)
		})
		synctest.Wait()
		cancel(cause)
		group.Wait()
	})
}

func TestStoreEndsACompilationThatNobodyWaitsFor(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := newStore(t, t.TempDir(), sandbox.MiB)
	cause := errors.New("withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := false
	_, _, err := s.Get(ctx, "k", testLanguage, func(ctx context.Context) (*language.Compilation, error) {
		cancel(cause)
		<-ctx.Done()
		ended = true
		return nil, context.Cause(ctx)
	})
	if !errors.Is(err, cause) || !ended {
		t.Errorf("get() = %v, ended is %v; want %v after the compilation ended", err, ended, cause)
	}
	compile, _ := counted(10)
	a, _ := mustGet(t, s, "k", compile)
	mustRelease(t, s, a)
}

func TestStoreDropsTheOldestButNotWhatIsInUse(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, 6000)
	compile, calls := counted(1500) // and about 300 bytes of description
	held, _ := mustGet(t, s, "held", compile)
	for _, key := range []string{"a", "b", "a", "c"} {
		a, _ := mustGet(t, s, key, compile)
		mustRelease(t, s, a)
	}
	for key, want := range map[string]bool{"held": true, "a": true, "b": false, "c": true} {
		if _, err := os.Stat(filepath.Join(dir, key)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", key, err == nil, want)
		}
	}
	if size := diskcache.SizeOf(dir); size > 6000 || calls.Load() != 4 {
		t.Errorf("%d bytes kept, %d compilations", size, calls.Load())
	}
	mustRelease(t, s, held)
}

func TestStoreServesWhatIsLargerThanItself(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, 100)
	compile, _ := counted(5000)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			a, _ := mustGet(t, s, fmt.Sprint(i%4), compile)
			mustRelease(t, s, a)
		})
	}
	group.Wait()
	if items, err := os.ReadDir(dir); err != nil || len(items) != 0 {
		t.Errorf("after all: left in the store: %v, %v", items, err)
	}
}

func TestStoreCompilesAgainWhatRotted(t *testing.T) {
	damages := map[string]func(dir string) error{
		"content":        func(dir string) error { return overwrite(filepath.Join(dir, "0"), make([]byte, 99), "x") },
		"cut short":      func(dir string) error { return overwrite(filepath.Join(dir, "0"), nil, "") },
		"missing file":   func(dir string) error { return os.Remove(filepath.Join(dir, "0")) },
		"no description": func(dir string) error { return os.Remove(filepath.Join(dir, manifestName)) },
		"nonsense":       func(dir string) error { return overwrite(filepath.Join(dir, manifestName), nil, "{") },
		"empty object":   func(dir string) error { return overwrite(filepath.Join(dir, manifestName), nil, "{}") },
		"gone":           os.RemoveAll,
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			compile, calls := counted(100)
			s := newStore(t, dir, sandbox.MiB)
			a, _ := mustGet(t, s, "k", compile)
			mustRelease(t, s, a)
			if err := damage(filepath.Join(dir, "k")); err != nil {
				t.Fatal(err)
			}
			s = newStore(t, dir, sandbox.MiB) // a new start trusts nothing
			a, _ = mustGet(t, s, "k", compile)
			mustRelease(t, s, a)
			if n := calls.Load(); n != 2 {
				t.Errorf("compiled %d times, want twice", n)
			}
		})
	}
}

func overwrite(path string, data []byte, tail string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, tail...), 0o600)
}

func TestStoreDoesNotKeepFailures(t *testing.T) {
	dir := t.TempDir()
	s := newStore(t, dir, sandbox.MiB)
	for range 2 {
		a, b, err := s.Get(t.Context(), "k", testLanguage, func(context.Context) (*language.Compilation, error) {
			return &language.Compilation{Failure: verdict.ReasonCompiler, Log: "no"}, nil
		})
		if a != nil || b.Failure != verdict.ReasonCompiler || b.Report.Log != "no" || err != nil {
			t.Errorf("get() = %v, %+v, %v", a, b, err)
		}
	}
	fault := errors.New("host on fire")
	_, _, err := s.Get(t.Context(), "k", testLanguage, func(context.Context) (*language.Compilation, error) { return nil, fault })
	if !errors.Is(err, fault) {
		t.Errorf("get() = %v, want %v", err, fault)
	}
	items, err := os.ReadDir(dir)
	if err != nil || len(items) != 0 {
		t.Errorf("left in the store: %v, %v", items, err)
	}
}

func TestStoreRemovesOldLeftovers(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"old": 2 * time.Hour, "young": time.Minute} {
		path := filepath.Join(dir, ".new-"+name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	newStore(t, dir, sandbox.MiB)
	if _, err := os.Stat(filepath.Join(dir, ".new-"+"old")); err == nil {
		t.Error("the leftover of a dead worker is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, ".new-"+"young")); err != nil {
		t.Errorf("what another worker is writing is gone: %v", err)
	}
}

func TestArtifactKeyTellsApart(t *testing.T) {
	table := &language.Table{}
	key := func(entry, version string, limits language.Limits, files ...sandbox.File) string {
		l := &language.Language{ID: "x", Sources: []string{".x"}}
		u, err := language.NewUnit(l, append(files, sandbox.File{Path: "main.x"}), entry)
		if err != nil {
			t.Fatal(err)
		}
		k, err := Key(u, table, version, limits)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	f := func(name, data string) sandbox.File { return sandbox.File{Path: name, Data: []byte(data)} }
	keys := []string{
		key("", "1", language.Limits{}, f("a.x", "1")),
		key("", "2", language.Limits{}, f("a.x", "1")),
		key("", "1", language.Limits{CPU: 1}, f("a.x", "1")),
		key("", "1", language.Limits{}, f("a.x", "2")),
		key("", "1", language.Limits{}, f("b.x", "1")),
		key("", "1", language.Limits{}, f("a.x", ""), f("b.x", "1")),
		key("", "1", language.Limits{}, f("a.x", "1\n3 \"b.x\" 0 0\n")),
		key("e", "1", language.Limits{}, f("a.x", "1")),
	}
	seen := map[string]int{}
	for i, k := range keys {
		if j, ok := seen[k]; ok {
			t.Errorf("compilations %d and %d have one key", i, j)
		}
		seen[k] = i
	}
	if again := key("", "1", language.Limits{}, f("a.x", "1")); again != keys[0] {
		t.Error("the same compilation has two keys")
	}
}
