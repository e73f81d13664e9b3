package grade

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/configs/schematest"
)

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
	return schematest.Validate(schematest.Schema(t, "grade.json"), data)
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
