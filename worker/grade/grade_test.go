package grade

import (
	"bytes"
	"context"
	"encoding/csv"
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
	"github.com/santhosh-tekuri/jsonschema/v6"
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

// checkWritten writes a book and looks at the files as others read them.
func checkWritten(t *testing.T, book *Book) {
	t.Helper()
	dir := t.TempDir()
	for _, header := range []Header{Plain, ToMoodle, ToCanvas, ToGradescope} {
		for _, system := range []Results{ForGradescope, ForPrairieLearn} {
			if err := book.Write(dir, Writing{Header: header, Excel: true, Audience: ForStudents, Results: system}); err != nil {
				t.Fatal(err)
			}
			checkTable(t, filepath.Join(dir, tableFile), len(book.Students))
			checkNothingSecret(t, dir)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, bookFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, data); err != nil {
		t.Errorf("grades.json does not follow its schema: %v", err)
	}
	again, err := ReadBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(book, again); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	page, err := os.ReadFile(filepath.Join(dir, pageFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SECRET-DATA", "prefers-color-scheme: dark", `class="histogram"`, "&#43;1 is no program", "two scripts"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// checkTable reads grades.csv: no cell of a text from outside is a formula.
func checkTable(t *testing.T, path string, students int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, marked := bytes.CutPrefix(data, []byte("\ufeff"))
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || !marked || len(records) < students+1 {
		t.Fatalf("%d records, marked %v, %v; want a mark and a record for each of %d students", len(records), marked, err, students)
	}
	dangerous := 0
	for _, record := range records {
		for _, cell := range record {
			if cell != "-" && strings.IndexAny(cell, "=+@") == 0 {
				t.Errorf("cell %q is a formula", cell)
			}
			if strings.HasPrefix(cell, "'=") {
				dangerous++
			}
		}
	}
	if dangerous == 0 {
		t.Error("no cell would have been a formula; the test is of no use")
	}
}

// checkNothingSecret looks for names and data of secret tests in what students get.
func checkNothingSecret(t *testing.T, dir string) {
	t.Helper()
	seen := 0
	for _, sub := range []string{feedbackDir, resultsDir} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			seen++
			data, err := os.ReadFile(path)
			for _, secret := range []string{"SECRET-DATA", "secret/"} {
				if bytes.Contains(data, []byte(secret)) {
					t.Errorf("%s tells %q:\n%s", path, secret, data)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 80 {
		t.Errorf("%d files for students", seen)
	}
	table, err := os.ReadFile(filepath.Join(dir, tableFile))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(table, []byte("SECRET-DATA")) || bytes.Contains(table, []byte("secret/")) {
		t.Errorf("%s tells what is secret", tableFile)
	}
}

// validate holds a grades.json to its schema.
func validate(t *testing.T, data []byte) error {
	t.Helper()
	const base = "https://github.com/gaveloj/gavel/configs/schemas/"
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"verdict.json", "grade.json"} {
		text, err := os.ReadFile(filepath.Join("../../configs/schemas", name))
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = compiler.AddResource(base+name, document)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile(base + "grade.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
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

// Files for a student who is gone go too, and nothing else does.
func TestFormerStudents(t *testing.T) {
	dir := t.TempDir()
	book := func(students ...string) *Book {
		b := &Book{Version: 1, Title: "T"}
		for _, name := range students {
			b.Students = append(b.Students, Student{Student: name, Status: Missing, Detail: "x"})
		}
		return b
	}
	first := book("ada", "bob/../../x")
	how := Writing{Header: Plain, Audience: ForStudents, Results: ForGradescope}
	if err := first.Write(dir, how); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*Book{first, {Students: []Student{{Student: "evil", File: "../precious.md"}, {Student: "worse", File: "grades.csv"}}}} {
		how.Earlier = b
		if err := book("eve", "EVE").Write(dir, how); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, pattern := range []string{"*.*", "feedback/*", "results/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			got = append(got, strings.TrimPrefix(path, dir+"/"))
		}
	}
	want := []string{
		"grades.csv", "grades.json", "report.html", "feedback/EVE-2.md", "feedback/eve.md", "results/EVE-2.json", "results/eve.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A write that fails names the file, and leaves the earlier ones.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	book := &Book{Version: 1, Title: "T", Students: []Student{{Student: "ada", Status: Missing, Detail: "x"}}}
	if err := book.Write(dir, Writing{Header: Plain, Audience: ForStudents}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, feedbackDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, feedbackDir), nil, 0o600); err != nil { // in the way
		t.Fatal(err)
	}
	if err := book.Write(dir, Writing{Header: Plain, Audience: ForStudents}); err == nil || !strings.Contains(err.Error(), feedbackDir) {
		t.Errorf("Write() = %v, want an error that names %s", err, feedbackDir)
	}
	if _, err := ReadBook(dir); err != nil {
		t.Error(err)
	}
}
