package reader_test

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/sandbox"
)

func TestLoadDefaults(t *testing.T) {
	dir := sound().write(t)
	p := load(t, dir)
	want := &problem.Problem{
		Name: "sum", Title: "Sum", Format: problem.Legacy, AllowFileWriting: true, Digest: p.Digest,
		Limits: problem.Limits{
			Time: 10 * time.Second, TimeSource: problem.TimeComputed,
			Multipliers: problem.Multipliers{AcceptedToLimit: 5, LimitToExceeded: 2, Resolution: time.Second},
			Memory:      2 * sandbox.GiB, Output: 8 * sandbox.MiB, Code: 128 * sandbox.KiB,
			CompilationTime: time.Minute, CompilationMemory: 2 * sandbox.GiB,
			ValidationTime: time.Minute, ValidationMemory: 2 * sandbox.GiB, ValidationOutput: 8 * sandbox.MiB,
			InteractionOutput: 256 * sandbox.MiB,
			ValidationPasses:  1,
		},
		Tests: []*problem.Test{
			{
				Name: "sample/01", Sample: true, Comparer: checker.Options{},
				Input: filepath.Join(dir, "data/sample/01.in"), Answer: filepath.Join(dir, "data/sample/01.ans"),
			},
			{
				Name: "secret/1", Comparer: checker.Options{},
				Input: filepath.Join(dir, "data/secret/1.in"), Answer: filepath.Join(dir, "data/secret/1.ans"),
			},
		},
		Include: map[string][]tree.File{},
	}
	opts := cmp.Options{cmpopts.IgnoreUnexported(problem.Problem{}), cmpopts.EquateComparable(checker.Options{}), cmpopts.IgnoreFields(problem.Problem{}, "Groups", "Tree")}
	if diff := cmp.Diff(want, p, opts); diff != "" {
		t.Error(diff)
	}
}

func TestLimits(t *testing.T) {
	p := load(t, sound().with(files{"problem.yaml": `
name: Limits
limits:
  time_multiplier: 3
  time_safety_margin: 1.5
  memory: 64
  output: 1
  code: 5
  compilation_time: 7
  compilation_memory: 100
  validation_time: 2.5
  validation_memory: 101
  validation_output: 3
`, ".timelimit": "0.25\n"}).write(t))
	want := problem.Limits{
		Time: 250 * time.Millisecond, TimeSource: problem.TimeFile,
		Multipliers: problem.Multipliers{AcceptedToLimit: 3, LimitToExceeded: 1.5, Resolution: time.Second},
		Memory:      64 * sandbox.MiB, Output: sandbox.MiB, Code: 5 * sandbox.KiB,
		CompilationTime: 7 * time.Second, CompilationMemory: 100 * sandbox.MiB,
		ValidationTime: 2500 * time.Millisecond, ValidationMemory: 101 * sandbox.MiB, ValidationOutput: 3 * sandbox.MiB,
		InteractionOutput: 256 * sandbox.MiB,
		ValidationPasses:  1,
	}
	if diff := cmp.Diff(want, p.Limits); diff != "" {
		t.Error(diff)
	}
}

func TestTimeLimitSources(t *testing.T) {
	modern := "problem_format_version: 2025-09\nname: x\nuuid: y\n"
	tests := map[string]struct {
		files  files
		time   time.Duration
		source problem.TimeSource
	}{
		"yaml":              {files{"problem.yaml": modern + "limits: {time_limit: 3}"}, 3 * time.Second, problem.TimeProblemYAML},
		"yaml in legacy":    {files{"problem.yaml": "limits: {time_limit: 1.5}"}, 1500 * time.Millisecond, problem.TimeProblemYAML},
		"resolution":        {files{"problem.yaml": modern + "limits: {time_limit: 0.3, time_resolution: 0.1}"}, 300 * time.Millisecond, problem.TimeProblemYAML},
		"file":              {files{".timelimit": " 2\r\n"}, 2 * time.Second, problem.TimeFile},
		"same twice":        {files{".timelimit": "2", "problem.yaml": "limits: {time_limit: 2.0}"}, 2 * time.Second, problem.TimeProblemYAML},
		"ini":               {files{"domjudge-problem.ini": "; x\r\nname=foo\r\ntimelimit = '5'\r\n"}, 5 * time.Second, problem.TimeDOMjudge},
		"ini double quotes": {files{"domjudge-problem.ini": "timelimit=\"4\""}, 4 * time.Second, problem.TimeDOMjudge},
		"ini comment":       {files{"domjudge-problem.ini": "timelimit=4 ; seconds"}, 4 * time.Second, problem.TimeDOMjudge},
		"ini alone":         {files{"domjudge-problem.ini": "timelimit=1", "problem.yaml": "-"}, time.Second, problem.TimeDOMjudge},
		"file before ini":   {files{"domjudge-problem.ini": "timelimit=4", ".timelimit": "3"}, 3 * time.Second, problem.TimeFile},
		"ini without":       {files{"domjudge-problem.ini": "name='x'"}, 10 * time.Second, problem.TimeComputed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(tt.files).write(t))
			if p.Limits.Time != tt.time || p.Limits.TimeSource != tt.source {
				t.Errorf("time limit %v from %q, want %v from %q", p.Limits.Time, p.Limits.TimeSource, tt.time, tt.source)
			}
		})
	}
}

func TestArchiveIsSameAsDirectory(t *testing.T) {
	f := sound().with(files{"README": "x", "submissions/accepted/a.py": "print(1)"})
	want := load(t, f.write(t))
	macOS := func(w *zip.Writer) { addEntry(t, w, "__MACOSX/._sum", 0o644, "junk") }
	for name, archive := range map[string]string{
		"at the root":            f.zipped(t, ""),
		"below a directory":      f.zipped(t, "top/"),
		"with a dot":             f.zipped(t, "./"),
		"with a note":            f.zipped(t, "sum/", func(w *zip.Writer) { addEntry(t, w, "README", 0o644, "x") }),
		"made on macOS":          f.zipped(t, "sum/", macOS),
		"with directory entries": f.zipped(t, "sum/", func(w *zip.Writer) { addEntry(t, w, "sum/data/", 0o755|fs.ModeDir, "") }),
	} {
		t.Run(name, func(t *testing.T) {
			p := load(t, archive)
			if p.Name != want.Name || p.Digest != want.Digest {
				t.Errorf("archive is %s %s, want %s %s", p.Name, p.Digest, want.Name, want.Digest)
			}
			if diff := cmp.Diff(testNames(want), testNames(p)); diff != "" {
				t.Error(diff)
			}
			if input, err := os.ReadFile(p.Tests[1].Input); err != nil || string(input) != "1 2\n" {
				t.Errorf("input is %q, %v", input, err)
			}
		})
	}
}

func TestCloseRemovesFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p, err := reader.Load(sound().zipped(t, ""), reader.Options{})
	must(t, err)
	must(t, p.Close())
	_, err = reader.Load(sound().with(files{"problem.yaml": "a: ["}).zipped(t, ""), reader.Options{})
	if err == nil {
		t.Error("broken yaml is not refused")
	}
	left, err := os.ReadDir(os.TempDir())
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDigestTellsPackagesApart(t *testing.T) {
	seen := make(map[string]string)
	for name, f := range map[string]files{
		"as is":           sound(),
		"other content":   sound().with(files{"data/secret/1.ans": "4\n"}),
		"one more file":   sound().with(files{"x": ""}),
		"other name":      sound().with(files{"y": ""}),
		"content as name": sound().with(files{"x": "y"}),
	} {
		digest := load(t, f.write(t)).Digest
		if other, found := seen[digest]; found || !strings.HasPrefix(digest, "sha256:") {
			t.Errorf("%s and %s both have digest %s", name, other, digest)
		}
		seen[digest] = name
	}
}
