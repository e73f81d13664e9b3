package grade

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/verdict"
)

// handedIn is what a student of the test class has handed in, and what must become of it.
type handedIn struct {
	student string
	files   map[string]string // by paths below the class; a link where the content begins with "-> "
	status  Status
	detail  string // part of it
}

const cMain = "int main(void) { return 0; }\n"

// class is a class in which everything goes wrong that can.
func class(t *testing.T) []handedIn {
	t.Helper()
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("print('ä')\n")
	if err != nil {
		t.Fatal(err)
	}
	many := map[string]string{}
	for i := range 50_000 {
		many[fmt.Sprintf("f%d.py", i)] = ""
	}
	nested := zipOf(t, map[string]string{"a.py": "print(1)"})
	for range 10 {
		nested = zipOf(t, map[string]string{"x.zip": nested})
	}
	all := []handedIn{
		{"two scripts", map[string]string{"two scripts/old.py": "1", "two scripts/new.py": "2"}, Ambiguous, "new.py, old.py"},
		{"two languages", map[string]string{"two languages/a.py": "1", "two languages/a.c": cMain}, Ambiguous, "a.c, a.py"},
		{"two mains", map[string]string{"two mains/a.c": cMain, "two mains/b.c": cMain}, Ambiguous, "several files could be the program: a.c, b.c"},
		{"main decides", map[string]string{"main decides/main.py": "1", "main decides/old.py": "2"}, Graded, ""},
		{"capitals", map[string]string{"capitals/LOESUNG.PY": "print(1)"}, Graded, ""},
		{"a mark", map[string]string{"a mark/a.py": "\xef\xbb\xbfprint(1)"}, Graded, ""},
		{"sixteen", map[string]string{"sixteen/a.py": utf16}, Graded, ""},
		{"one file", map[string]string{"one file.py": "print(1)"}, Graded, ""},
		{"a zip", map[string]string{"a zip.zip": zipOf(t, map[string]string{"hw/a.py": "1", "__MACOSX/._a.py": "x", "hw/.git/config": "x"})}, Graded, ""},
		{"a zip within", map[string]string{"a zip within/hand-in.zip": zipOf(t, map[string]string{"a.py": "1"})}, Graded, ""},
		{"junk beside", map[string]string{"junk beside/a.py": "1", "junk beside/__pycache__/a.pyc": "x", "junk beside/node_modules/b.js": "1"}, Graded, ""},
		{"one directory", map[string]string{"one directory/homework/a.py": "1"}, Graded, ""},
		{"a report", map[string]string{"a report/a.py": "1", "a report/report.pdf": strings.Repeat("x", 3<<20)}, Graded, ""},
		{"nothing", map[string]string{"nothing/.DS_Store": "x"}, Empty, "there is no file"},
		{"empty zip", map[string]string{"empty zip.zip": zipOf(t, nil)}, Empty, "archive without files"},
		{"documents", map[string]string{"documents/report.docx": "x"}, NoSource, "report.docx"},
		{"broken zip", map[string]string{"broken zip.zip": zipOf(t, map[string]string{"a.py": "print(1)"})[:40]}, BrokenArchive, "unpack broken zip.zip"},
		{"a bomb", map[string]string{"a bomb.zip": zipOf(t, map[string]string{"a.py": strings.Repeat("0", 40<<20)})}, TooLarge, "32.0 MiB in one file"},
		{"fifty thousand", map[string]string{"fifty thousand.zip": zipOf(t, many)}, TooLarge, "more than 1000 files"},
		{"nested", map[string]string{"nested.zip": nested}, BrokenArchive, "around each other"},
		{"encrypted", map[string]string{"encrypted.zip": encrypted(zipOf(t, map[string]string{"a.py": "print(1)"}))}, BrokenArchive, "is encrypted; pack it without a password"},
		{"seven", map[string]string{"seven.7z": "7z\xbc\xaf\x27\x1c"}, Refused, "unpack it by hand"},
		{"seven within", map[string]string{"seven within/a.rar": "Rar!"}, Refused, "unpack it by hand"},
		{"called zip", map[string]string{"called zip.zip": "Rar!\x1a\x07 and more"}, BrokenArchive, "holds RAR"},
		{"a link", map[string]string{"a link": "-> /etc"}, Refused, "symbolic link"},
		{"a link within", map[string]string{"a link within/a.py": "-> /etc/passwd"}, Refused, "symbolic link"},
		{"leads out", map[string]string{"leads out.zip": zipOf(t, map[string]string{"../../a.py": "1"})}, Refused, "leads out of the archive"},
		{"bad name", map[string]string{"bad name/-o.py": "1"}, Refused, "-o.py"},
		{"too much", map[string]string{"too much/a.py": strings.Repeat("#", 21<<20)}, TooLarge, "at most 20"},
		{"=HYPERLINK(1)", map[string]string{"=HYPERLINK(1)/a.py": "1"}, Graded, ""},
		{"no compiler", map[string]string{"no compiler/a.py": "language missing"}, Refused, "language is not offered"},
		{"host", map[string]string{"host/a.py": "host fails"}, JudgeError, "no container"},
		{"host once", map[string]string{"host once/a.py": "host fails once"}, Graded, ""},
		{"checker", map[string]string{"checker/a.py": "checker fails"}, JudgeError, "checker: it broke"},
		{"compile error", map[string]string{"compile error/a.c": "compile error"}, Graded, ""},
	}
	for i := range 15 {
		name := fmt.Sprintf("student %02d", i)
		all = append(all, handedIn{name, map[string]string{name + "/a.py": fmt.Sprint("print ", i)}, Graded, ""})
	}
	return all
}

// encrypted sets the flag in both headers of the one entry of a zip (APPNOTE.TXT 4.4.4).
func encrypted(archive string) string {
	data := []byte(archive)
	data[6] |= 1
	data[bytes.Index(data, []byte("PK\x01\x02"))+8] |= 1
	return string(data)
}

func zipOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// write puts what was handed in into a directory.
func write(t *testing.T, dir string, all []handedIn) {
	t.Helper()
	for _, one := range all {
		for name, content := range one.files {
			at := filepath.Join(dir, name)
			err := os.MkdirAll(filepath.Dir(at), 0o755)
			if target, isLink := strings.CutPrefix(content, "-> "); err == nil && isLink {
				err = os.Symlink(target, at)
			} else if err == nil {
				err = os.WriteFile(at, []byte(content), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// entriesOf collects the entries of a directory.
func entriesOf(t *testing.T, layout, dir string) []Entry {
	t.Helper()
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	l, err := ParseLayout(layout)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := Collect([]Root{root}, l)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// load loads a sample package.
func load(t *testing.T, name string) *problem.Problem {
	t.Helper()
	p, err := reader.Load(filepath.Join("../../testcases", name), reader.Options{Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// configOf is a Config for a sample package, with a judge whose verdicts follow from the sources alone.
func configOf(t *testing.T, p *problem.Problem) Config {
	t.Helper()
	table, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Problem: p, Table: table, Parallel: 4, Gavel: "gavel test",
		Request: api.Submission{Version: 1, ID: "local", Attempt: 1, Problem: p.Name, AllTests: true},
		Judge: func(_ context.Context, s api.Submission, again bool) (api.Report, error) {
			return verdictOf(p, s, again)
		},
	}
}

// verdictOf makes up the report of a submission. What stands in its files decides.
func verdictOf(p *problem.Problem, s api.Submission, again bool) (api.Report, error) {
	var text strings.Builder
	for _, f := range s.Files {
		text.WriteString(f.Name + "\n" + string(f.Content) + "\n")
	}
	r := api.Report{
		Version: 1, Submission: s.ID, Attempt: 1, Problem: p.Name, Language: "python3", LanguageVersion: "Python 3", TimeLimitUsec: 1, MemoryLimit: 1,
		Tests: []api.TestReport{},
	}
	switch {
	case strings.Contains(text.String(), "language missing"):
		return r, api.Refuse(verdict.ClassLanguage, errors.New("language is not offered"))
	case strings.Contains(text.String(), "host fails once") && again:
	case strings.Contains(text.String(), "host fails"):
		return r, errors.New("no container")
	case strings.Contains(text.String(), "checker fails"):
		r.Verdict, r.Error = verdict.JudgeError, &api.ErrorReport{Class: verdict.ClassChecker, Message: "it broke"}
		return r, nil
	case strings.Contains(text.String(), "compile error"):
		r.Verdict, r.Compile.Log = verdict.CompileError, "\n=1+1 is no program\n"
		return r, nil
	}
	return testsOf(p, r, text.String()), nil
}

// testsOf makes up the tests of a report.
func testsOf(p *problem.Problem, r api.Report, text string) api.Report {
	hash := fnv.New32()
	_, _ = hash.Write([]byte(text)) // never an error
	pattern := hash.Sum32()
	r.Verdict, r.CPUUsec, r.PeakMemory = verdict.Accepted, int64(pattern%1e6), 1<<20
	points, most := map[string]float64{}, map[string]float64{}
	groups := []string{}
	for i, test := range p.Tests {
		one := api.TestReport{Name: test.Name, Verdict: verdict.Accepted}
		if pattern>>(i%32)&1 == 1 {
			one.Verdict, one.JudgeMessage, one.TeamMessage = verdict.WrongAnswer, "SECRET-DATA of "+test.Name, "look at "+test.Name
			r.Verdict = verdict.WrongAnswer
		}
		group := path.Dir(test.Name)
		if _, known := most[group]; !known {
			groups = append(groups, group)
		}
		if most[group]++; one.Verdict == verdict.Accepted {
			points[group]++
		}
		r.Tests = append(r.Tests, one)
	}
	if !p.Kind.Scoring {
		return r
	}
	total, all := 0.0, 0.0
	for _, g := range groups {
		score, max := points[g], most[g]
		total, all = total+score, all+max
		r.Groups = append(r.Groups, api.GroupReport{Name: g, Verdict: verdict.Accepted, Score: &score, MaxScore: &max})
	}
	r.Groups = append(r.Groups, api.GroupReport{Verdict: verdict.Accepted, Score: &total, MaxScore: &all})
	r.Score = &total
	return r
}
