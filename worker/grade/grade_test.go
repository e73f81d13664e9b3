package grade

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/api"
)

// Whatever a student hands in becomes a row with a status, and why.
func TestClass(t *testing.T) {
	dir := t.TempDir()
	all := class(t)
	if len(all) < 40 {
		t.Fatalf("the class has %d students", len(all))
	}
	write(t, dir, all)
	for _, name := range []string{"stairs", "sum"} { // with points, and without
		t.Run(name, func(t *testing.T) {
			book, err := Run(context.Background(), configOf(t, load(t, name)), entriesOf(t, byFolder, dir))
			if err != nil {
				t.Fatal(err)
			}
			if len(book.Students) != len(all) {
				t.Errorf("%d rows, want %d", len(book.Students), len(all))
			}
			for _, one := range all {
				i := slices.IndexFunc(book.Students, func(s Student) bool { return s.Student == one.student })
				if i < 0 {
					t.Errorf("%s has no row", one.student)
					continue
				}
				s := book.Students[i]
				if s.Status != one.status || !strings.Contains(s.Detail, one.detail) || (s.Status != Graded) != (s.Detail != "") {
					t.Errorf("%s: %s, %q, want %s with %q", one.student, s.Status, s.Detail, one.status, one.detail)
				}
				if (s.Status == Graded) != (s.Score != nil) {
					t.Errorf("%s: %s with score %v", one.student, s.Status, s.Score)
				}
			}
			checkWritten(t, book)
		})
	}
}

// The order of the entries, how many are judged at a time, and interruptions change nothing: the files are the same to the
// byte. What has not changed is judged once.
func TestRunsAreTheSame(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, slices.DeleteFunc(class(t), func(h handedIn) bool { // those are slow, and say no more
		return slices.Contains([]string{"fifty thousand", "a bomb", "too much"}, h.student)
	}))
	entries := entriesOf(t, byFolder, dir)
	for _, name := range []string{"stairs", "sum"} {
		cfg := configOf(t, load(t, name))
		cfg.Parallel = 1
		whole, err := Run(context.Background(), cfg, entries)
		if err != nil {
			t.Fatal(err)
		}
		want := bytesOf(t, whole)
		all := filesOf(t, whole, nil)
		var last, before *Book
		rapid.Check(t, func(rt *rapid.T) {
			shuffled := slices.Clone(entries)
			seed := rapid.Uint64().Draw(rt, "order")
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			var earlier *Book
			for i, stop := range rapid.SliceOfN(rapid.IntRange(0, len(entries)-1), 0, 3).Draw(rt, "interruptions") {
				cfg.Parallel = rapid.IntRange(1, 8).Draw(rt, fmt.Sprint("slots", i))
				earlier = interrupted(rt, cfg, shuffled, earlier, stop)
			}
			cfg.Parallel = rapid.IntRange(1, 8).Draw(rt, "slots")
			cfg.Earlier = earlier
			book, err := Run(context.Background(), cfg, shuffled)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, bytesOf(t, book)); diff != "" {
				rt.Fatalf("grades differ:\n%s", diff)
			}
			last, before = book, earlier
		})
		if diff := cmp.Diff(all, filesOf(t, last, before)); diff != "" { // they follow from the book
			t.Errorf("files differ:\n%s", diff)
		}
	}
}

// interrupted runs until stop submissions are judged.
func interrupted(rt *rapid.T, cfg Config, entries []Entry, earlier *Book, stop int) *Book {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var judged atomic.Int64
	judge := cfg.Judge
	cfg.Earlier = earlier
	cfg.Judge = func(ctx context.Context, s api.Submission, again bool) (api.Report, error) {
		if judged.Add(1) > int64(stop) {
			cancel()
			return api.Report{}, context.Cause(ctx)
		}
		return judge(ctx, s, again)
	}
	book, err := Run(ctx, cfg, entries)
	if err != nil && !errors.Is(err, context.Canceled) {
		rt.Fatal(err)
	}
	if len(book.Students) != len(entries) {
		rt.Fatalf("an interrupted run has %d rows, want %d", len(book.Students), len(entries))
	}
	return throughDisk(rt, book)
}

// throughDisk is the book as a later run reads it.
func throughDisk(rt *rapid.T, book *Book) *Book {
	data, err := json.Marshal(book)
	if err != nil {
		rt.Fatal(err)
	}
	var read Book
	if err := json.Unmarshal(data, &read); err != nil {
		rt.Fatal(err)
	}
	return &read
}

// bytesOf is a book as grades.json has it, but for the names of files.
func bytesOf(t *testing.T, book *Book) string {
	t.Helper()
	data, err := json.MarshalIndent(book, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// filesOf are the files that are written of a book.
func filesOf(t *testing.T, book, earlier *Book) map[string]string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := book.Write(dir, Writing{Header: Plain, Audience: ForJudges, Results: ForGradescope, Earlier: earlier}); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Who has not changed is not judged again; who has is, and so is everybody where the package, gavel or the compiler changed.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, []handedIn{
		{student: "ada", files: map[string]string{"ada/a.py": "1"}},
		{student: "bob", files: map[string]string{"bob/a.py": "2"}},
		{student: "eve", files: map[string]string{"eve/a.py": "host fails"}},
	})
	cfg := configOf(t, load(t, "sum"))
	cfg.Toolchain = func(context.Context, api.Submission) string { return "Python 3" }
	count := func(cfg Config) (judged int) {
		t.Helper()
		judge := cfg.Judge
		var n atomic.Int64
		cfg.Judge = func(ctx context.Context, s api.Submission, again bool) (api.Report, error) {
			n.Add(1)
			return judge(ctx, s, again)
		}
		if _, err := Run(context.Background(), cfg, entriesOf(t, byFolder, dir)); err != nil {
			t.Fatal(err)
		}
		return int(n.Load())
	}
	book, err := Run(context.Background(), cfg, entriesOf(t, byFolder, dir))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Earlier = book
	const failed = 2 // tries of the submission that the host could not judge
	if got := count(cfg); got != failed {
		t.Errorf("%d submissions judged again, want %d", got, failed)
	}
	for name, change := range map[string]func(*Config){
		"gavel":      func(c *Config) { c.Gavel = "gavel next" },
		"compiler":   func(c *Config) { c.Toolchain = func(context.Context, api.Submission) string { return "Python 4" } },
		"time limit": func(c *Config) { c.Request.TimeLimitUsec = 5 },
	} {
		changed := cfg
		change(&changed)
		if got := count(changed); got != 2+failed {
			t.Errorf("other %s: %d submissions judged again, want all: %d", name, got, 2+failed)
		}
	}
	write(t, dir, []handedIn{{student: "ada", files: map[string]string{"ada/a.py": "3"}}})
	if got := count(cfg); got != 1+failed {
		t.Errorf("%d submissions judged again, want that of ada, and %d tries", got, failed)
	}
}

// An interruption loses no result: neither one of this run nor one of the run before that it had not come to.
func TestInterruptedKeeps(t *testing.T) {
	dir := t.TempDir()
	for i := range 8 {
		write(t, dir, []handedIn{{files: map[string]string{fmt.Sprintf("s%d/a.py", i): fmt.Sprint(i)}}})
	}
	cfg := configOf(t, load(t, "sum"))
	cfg.Parallel = 1
	entries := entriesOf(t, byFolder, dir)
	rapid.Check(t, func(rt *rapid.T) {
		var judged atomic.Int64
		counted := cfg
		counted.Judge = func(ctx context.Context, s api.Submission, again bool) (api.Report, error) {
			judged.Add(1)
			return cfg.Judge(ctx, s, again)
		}
		var book *Book
		for i, stop := range rapid.SliceOfN(rapid.IntRange(0, 4), 1, 6).Draw(rt, "interruptions") {
			order := rapid.Permutation(entries).Draw(rt, fmt.Sprint("order", i))
			book = interrupted(rt, counted, order, book, stop)
		}
		counted.Earlier = book
		if _, err := Run(context.Background(), counted, entries); err != nil {
			rt.Fatal(err)
		}
		if n := judged.Load(); n != int64(len(entries)) {
			rt.Errorf("%d submissions were judged, want each of %d once", n, len(entries))
		}
	})
}
