package reader_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

func TestBrokenFiles(t *testing.T) {
	modern := "problem_format_version: 2025-09\nname: x\nuuid: y\n"
	tests := map[string]struct {
		files files
		want  []string
	}{
		"no problem.yaml":      {files{"problem.yaml": "-"}, []string{"problem.yaml: is missing"}},
		"no secret test cases": {files{"data/secret/1.in": "-", "data/secret/1.ans": "-", "data/sample/01.in": "-", "data/sample/01.ans": "-"}, []string{"data/secret: has no test cases"}},
		"no answer":            {files{"data/secret/2.in": ""}, []string{"data/secret/2.in: input without an answer"}},
		"no input":             {files{"data/secret/2.ans": ""}, []string{"data/secret/2.ans: answer without an input"}},
		"everything at once": {
			files{"data/secret/2.in": "", "data/sample/3.ans": "", "problem.yaml": "foo: 1\nlimits: {memory: -5}", ".timelimit": "x"},
			[]string{
				"problem.yaml:2: limits.memory must be more than zero, not -5", "problem.yaml:1: unknown key foo",
				".timelimit:1: time limit \"x\" is not a number",
				"data/sample/3.ans: answer without an input", "data/secret/2.in: input without an answer",
			},
		},
		"broken yaml":       {files{"problem.yaml": "name: x\nlimits: [\n"}, []string{"problem.yaml:2: broken yaml: did not find expected node content"}},
		"tab in yaml":       {files{"problem.yaml": "limits:\n\tmemory: 5\n"}, []string{"problem.yaml:2: broken yaml: found character that cannot start any token"}},
		"yaml is a list":    {files{"problem.yaml": "- a\n"}, []string{"problem.yaml:1: must be a map of keys and values, not a list"}},
		"two documents":     {files{"problem.yaml": "name: a\n---\nname: b\n"}, []string{"problem.yaml: there is more than one yaml document"}},
		"not UTF-8":         {files{"problem.yaml": "name: x\nauthor: \xff\n"}, []string{"problem.yaml:2: is not valid UTF-8"}},
		"unknown version":   {files{"problem.yaml": "problem_format_version: 2042\nfoo: x"}, []string{"problem.yaml:1: problem_format_version \"2042\" is not known"}},
		"unknown limit":     {files{"problem.yaml": "limits:\n  memroy: 5\n"}, []string{"problem.yaml:2: unknown key limits.memroy"}},
		"limits no map":     {files{"problem.yaml": "limits: 5\n"}, []string{"problem.yaml:1: limits must be a map of keys and values, not \"5\""}},
		"memory a string":   {files{"problem.yaml": "limits: {memory: lots}"}, []string{"problem.yaml:1: limits.memory must be a number, not \"lots\""}},
		"memory not whole":  {files{"problem.yaml": "limits: {memory: 1.5}"}, []string{"problem.yaml:1: limits.memory must be a whole number, not 1.5"}},
		"memory NaN":        {files{"problem.yaml": "limits: {memory: .nan}"}, []string{"problem.yaml:1: limits.memory must be a finite decimal number, not .nan"}},
		"memory infinite":   {files{"problem.yaml": "limits: {memory: .inf}"}, []string{"problem.yaml:1: limits.memory must be a finite decimal number, not .inf"}},
		"memory huge":       {files{"problem.yaml": "limits: {memory: 1e12}"}, []string{"problem.yaml:1: limits.memory must be at most 65536 MiB, not 1e+12"}},
		"time zero":         {files{"problem.yaml": "limits: {validation_time: 0}"}, []string{"problem.yaml:1: limits.validation_time must be more than zero, not 0"}},
		"time huge":         {files{".timelimit": "1e300"}, []string{".timelimit:1: time limit must be at most 3600 seconds, not 1e+300"}},
		"time NaN":          {files{".timelimit": "nan"}, []string{".timelimit:1: time limit \"nan\" is not a number"}},
		"time negative":     {files{".timelimit": "-1"}, []string{".timelimit:1: time limit must be more than zero, not -1"}},
		"time below a tick": {files{".timelimit": "1e-9"}, []string{".timelimit:1: time limit must be more than zero, not 1e-09"}},
		"time empty":        {files{".timelimit": ""}, []string{".timelimit:1: time limit \"\" is not a number"}},
		"time twice":        {files{".timelimit": "1", "problem.yaml": "limits: {time_limit: 2}"}, []string{".timelimit: gives 1s, but limits.time_limit of problem.yaml is 2s"}},
		"time in ini":       {files{"domjudge-problem.ini": "\ntimelimit=soon"}, []string{"domjudge-problem.ini:2: time limit \"soon\" is not a number"}},
		"multiplier":        {files{"problem.yaml": "limits: {time_multiplier: 0}"}, []string{"problem.yaml:1: limits.time_multiplier must be more than 0 and at most 1000, not 0"}},
		"type":              {files{"problem.yaml": "type: batch"}, []string{"problem.yaml:1: type \"batch\" is not known"}},
		"validation":        {files{"problem.yaml": "validation: special"}, []string{"problem.yaml:1: validation \"special\" is not known"}},
		"no validator":      {files{"problem.yaml": "validation: custom"}, []string{"problem.yaml: validation is custom, but there is no output validator"}},
		"several validators": {
			files{"problem.yaml": "validation: custom", "output_validators/a/a.py": "", "output_validators/b/b.py": ""},
			[]string{"output_validators: holds several output validators (a/, b/)"},
		},
		"validator in no language": {
			files{"problem.yaml": "validation: custom", "output_validators/a/a.foo": ""},
			[]string{"output_validators: holds no program in one known language, and no build or run script"},
		},
		"group key": {files{"data/secret/testdata.yaml": "\nfoo: 1"}, []string{"data/secret/testdata.yaml:2: unknown key foo"}},

		"2025: legacy keys":       {files{"problem.yaml": modern + "validation: default"}, []string{"problem.yaml:4: unknown key validation"}},
		"2025: no languages":      {files{"problem.yaml": modern + "languages: []"}, []string{"problem.yaml:4: languages is an empty list, which allows none"}},
		"2025: test_group":        {files{"problem.yaml": modern, "data/secret/test_group.in": "", "data/secret/test_group.ans": ""}, []string{"data/secret/test_group.in: a test case cannot be called test_group"}},
		"2025: case key":          {files{"problem.yaml": modern, "data/secret/1.yaml": "hint: x\nfoo: 1"}, []string{"data/secret/1.yaml:2: unknown key foo"}},
		"2025: nested group":      {files{"problem.yaml": modern, "data/secret/a/g/test_group.yaml": "", "data/secret/a/g/1.in": "", "data/secret/a/g/1.ans": ""}, []string{"data/secret/a/g: a test group can only lie directly in data/secret"}},
		"2025: case beside group": {files{"problem.yaml": modern + "type: scoring\n", "data/secret/g/test_group.yaml": "max_score: 1", "data/secret/g/1.in": "", "data/secret/g/1.ans": ""}, []string{"data/secret/1.in: must be in a test group, because data/secret/g is one"}},
		"2023: two kinds of groups": {
			files{"problem.yaml": "problem_format_version: 2023-07", "data/secret/testdata.yaml": "", "data/sample/test_group.yaml": ""},
			[]string{"data: has both testdata.yaml and test_group.yaml"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, issuesOf(t, sound().with(tt.files).write(t))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "answer")
	must(t, os.WriteFile(outside, []byte("3\n"), 0o644))
	tests := map[string]struct {
		target, name string
		want         []string
	}{
		"absolute":  {outside, "data/secret/2.in", []string{`data/secret/2.in: symbolic link out of the package, to "` + outside + `"`}},
		"dots":      {"../../../../x", "data/secret/2.in", []string{`data/secret/2.in: symbolic link out of the package, to "../../../../x"`}},
		"directory": {"/etc", "data/secret/g", []string{`data/secret/g: symbolic link out of the package, to "/etc"`}},
		"dangling":  {"nothing", "data/secret/2.in", []string{"data/secret/2.in: symbolic link to a file that is not there"}},
		"itself":    {"2.in", "data/secret/2.in", []string{"data/secret/2.in: symbolic link that leads to itself"}},
		"loop":      {"..", "data/secret/g", []string{"data/secret/g: symbolic link to a directory that it is in"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := sound().write(t)
			path := filepath.Join(dir, tt.name)
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.Symlink(tt.target, path))
			if diff := cmp.Diff(tt.want, issuesOf(t, dir)); diff != "" {
				t.Error(diff)
			}
			archive := sound().zipped(t, "", func(w *zip.Writer) { addEntry(t, w, tt.name, fs.ModeSymlink|0o777, tt.target) })
			if diff := cmp.Diff(tt.want, issuesOf(t, archive)); diff != "" {
				t.Errorf("in an archive: %s", diff)
			}
		})
	}
}

func TestLinksInside(t *testing.T) {
	dir := sound().write(t)
	must(t, os.Symlink("1.in", filepath.Join(dir, "data/secret/2.in")))
	must(t, os.Symlink("../sample/01.ans", filepath.Join(dir, "data/secret/2.ans")))
	must(t, os.Symlink("../sample", filepath.Join(dir, "data/secret/again")))
	p := load(t, dir)
	if diff := cmp.Diff([]string{"sample/01", "secret/1", "secret/2", "secret/again/01"}, testNames(p)); diff != "" {
		t.Error(diff)
	}
}

func TestSpecialFiles(t *testing.T) {
	dir := sound().write(t)
	must(t, unix.Mkfifo(filepath.Join(dir, "data/secret/2.in"), 0o644))
	must(t, unix.Mkfifo(filepath.Join(dir, "notes"), 0o644))
	must(t, os.Remove(filepath.Join(dir, "problem.yaml")))
	must(t, unix.Mkfifo(filepath.Join(dir, "problem.yaml"), 0o644))
	want := []string{
		"data/secret/2.in: neither a regular file nor a directory",
		"problem.yaml: neither a regular file nor a directory",
		"problem.yaml: is missing",
	}
	if diff := cmp.Diff(want, issuesOf(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestStrangeNames(t *testing.T) {
	p := load(t, sound().with(files{
		"data/secret/2 big.in": "", "data/secret/.hidden.in": "", "data/secret/-o.in": "", "statement/prüfung.tex": "",
		"data/secret/3\n.ans": "", ".git/config": "",
	}).write(t))
	want := []string{
		"data/secret/-o.in: ignored, because the format does not allow this name",
		"data/secret/2 big.in: ignored, because the format does not allow this name",
		`"data/secret/3\n.ans": ignored, because the format does not allow this name`,
	}
	if diff := cmp.Diff(want, strip(p.Warnings)); diff != "" {
		t.Error(diff)
	}
	dir := sound().with(files{"data/secret/\xff.in": ""}).write(t)
	if diff := cmp.Diff([]string{`"data/secret/\xff.in": the name is not valid UTF-8`}, issuesOf(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenArchives(t *testing.T) {
	entry := func(name string, mode fs.FileMode) func(*zip.Writer) {
		return func(w *zip.Writer) { addEntry(t, w, name, mode, "x") }
	}
	tests := map[string]struct {
		entry func(*zip.Writer)
		want  string
	}{
		"dots":        {entry("../x", 0o644), "../x: entry with a path out of the archive"},
		"inner dots":  {entry("a/../../x", 0o644), "a/../../x: entry with a path out of the archive"},
		"absolute":    {entry("/etc/x", 0o644), "/etc/x: entry with an absolute path"},
		"backslash":   {entry(`a\x`, 0o644), `"a\\x": entry with "\" in its path`},
		"not UTF-8":   {entry("data/a\xff", 0o644), `"data/a\xff": the name is not valid UTF-8`},
		"twice":       {entry("data/secret/1.in", 0o644), "data/secret/1.in: is twice in the archive"},
		"twice so":    {entry("data//secret/./1.in", 0o644), "data/secret/1.in: is twice in the archive"},
		"file as dir": {entry("problem.yaml/x", 0o644), "problem.yaml/x: is both a file and a directory in the archive"},
		"fifo":        {entry("x", 0o644|fs.ModeNamedPipe), "x: neither a regular file nor a directory"},
		"deep":        {entry(strings.Repeat("x/", 40)+"x", 0o644), strings.Repeat("x/", 40) + "x: entry with a path that is too long"},
		"long name":   {entry(strings.Repeat("x", 300), 0o644), strings.Repeat("x", 300) + ": entry with a path that is too long"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.want}, issuesOf(t, sound().zipped(t, "", tt.entry))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLinkedDirectoryInArchiveIsNotWrittenThrough(t *testing.T) {
	outside := t.TempDir()
	archive := sound().zipped(t, "", func(w *zip.Writer) {
		addEntry(t, w, "data/evil", fs.ModeSymlink|0o777, outside)
		addEntry(t, w, "data/evil/x", 0o644, "x")
	})
	if _, err := reader.Load(archive, reader.Options{}); err == nil {
		t.Error("a link over a directory is not refused")
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Errorf("written through the link: %v, %v", left, err)
	}
}

// addLie adds an entry whose declared size is not that of its content.
func addLie(t *testing.T, w *zip.Writer, name string, declared uint64) {
	t.Helper()
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	must(t, err)
	content := bytes.Repeat([]byte("x"), 100_000)
	_, err = deflate.Write(content)
	must(t, errors.Join(err, deflate.Close()))
	header := &zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: declared,
	}
	out, err := w.CreateRaw(header)
	must(t, err)
	_, err = out.Write(packed.Bytes())
	must(t, err)
}

func TestZipBombs(t *testing.T) {
	tests := map[string]struct {
		sizes []uint64
		want  string
	}{
		"ratio":     {slices.Repeat([]uint64{200 << 20}, 10), "like a zip bomb"},
		"one file":  {[]uint64{2 << 30}, "and at most 1048576000 are read"},
		"total":     {slices.Repeat([]uint64{1000 << 20}, 5), "unpacks to 52428"},
		"too long":  {[]uint64{5}, "cannot be unpacked"},
		"too short": {[]uint64{200_000}, "cannot be unpacked"},
		"overflow":  {slices.Repeat([]uint64{1 << 63}, 2), "and at most 1048576000 are read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			archive := sound().zipped(t, "", func(w *zip.Writer) {
				for i, size := range tt.sizes {
					addLie(t, w, fmt.Sprintf("notes/%d", i), size)
				}
			})
			_, err := reader.Load(archive, reader.Options{})
			var invalid *issue.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestManyIssues(t *testing.T) {
	f := sound()
	for i := range 1000 {
		f[fmt.Sprintf("data/secret/%04d.in", i)] = ""
	}
	_, err := reader.Load(f.write(t), reader.Options{})
	var invalid *issue.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("Load = %v, want an InvalidError", err)
	}
	if len(invalid.Issues) != 1000 || !strings.HasSuffix(err.Error(), "\n  and 900 more") {
		t.Errorf("Load = %.200v... with %d issues, want 1000 of which 100 are shown", err, len(invalid.Issues))
	}
}

func TestHugeTestCase(t *testing.T) {
	dir := sound().write(t)
	must(t, os.Truncate(filepath.Join(dir, "data/secret/1.in"), 1<<30)) // takes no room on the disk
	if diff := cmp.Diff([]string{"data/secret/1.in: has 1073741824 bytes, and at most 1048576000 are read"}, issuesOf(t, dir)[:1]); diff != "" {
		t.Error(diff)
	}
}

func TestNoArchive(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.zip": "not a zip", "empty.zip": "", "short.kpp": "PK\x03\x04", "a.tar": "x"} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(content), 0o644))
		var invalid *issue.InvalidError
		if _, err := reader.Load(path, reader.Options{}); !errors.As(err, &invalid) {
			t.Errorf("Load(%s) = %v, want an InvalidError", name, err)
		}
	}
	if _, err := reader.Load(filepath.Join(dir, "absent"), reader.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %v, want %v", err, fs.ErrNotExist)
	}
}
