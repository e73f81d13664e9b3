package reader_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// polygonPackage is a small package of Polygon.
func polygonPackage() files {
	return files{
		"problem.xml": `<problem><judging><testset name="tests"><time-limit>1500</time-limit><test-count>2</test-count>
<input-path-pattern>tests/%02d</input-path-pattern><answer-path-pattern>tests/%02d.a</answer-path-pattern></testset></judging>
<assets><checker name="std::wcmp.cpp"/></assets></problem>`,
		"tests/01": "", "tests/01.a": "", "tests/02": "", "tests/02.a": "", "tests/03": "", "tests/03.a": "",
	}
}

// TestForeignLayouts reads packages in the layouts of other systems through the same door as all others.
func TestForeignLayouts(t *testing.T) {
	for name, tt := range map[string]struct {
		files  files
		format problem.Format
		source problem.TimeSource
		tests  []string
	}{
		"cms": {
			files{"task.yaml": "time_limit: 1", "input/input0.txt": "", "output/output0.txt": ""}, problem.CMS, "task.yaml", []string{"secret/0"},
		},
		"sinol": {
			files{
				"config.yml": "time_limit: 1000", "in/abc0.in": "", "out/abc0.out": "", "in/abc1a.in": "", "out/abc1a.out": "", "in/abc1b.in": "", "out/abc1b.out": "",
			}, problem.Sinol, "config.yml", []string{"sample/0", "secret/1/1a", "secret/1/1b"},
		},
		"library-checker": {
			files{
				"info.toml": "[[tests]]\nname = 'example.in'\nnumber = 1\n[[tests]]\nname = 'a.cpp'\nnumber = 1\n", "checker.cpp": "", "in/example_00.in": "",
				"out/example_00.out": "", "in/a_00.in": "", "out/a_00.out": "",
			}, problem.LibraryChecker, "info.toml", []string{"sample/example_00", "secret/a_00"},
		},
		"polygon": {polygonPackage(), problem.Polygon, "problem.xml", []string{"secret/01", "secret/02"}},
		"beside gavel.yaml": {
			polygonPackage().with(files{"gavel.yaml": "time_limit: 1"}), problem.Testlib, problem.TimeSettings, []string{"secret/01", "secret/02", "secret/03"},
		},
		"beside problem.yaml": {
			sound().with(files{"problem.yaml": modern, "problem.xml": "broken", "task.yaml": "x", "config.yml": "", "prog/a": "", "info.toml": ""}),
			problem.F2025, problem.TimeComputed,
			[]string{"sample/01", "secret/1"},
		},
	} {
		dir := tt.files.write(t)
		for way, path := range map[string]string{
			"directory": dir, "zip": tt.files.zipped(t, ""), "zip below a directory": tt.files.zipped(t, "a/"), "packed": saved(t, pack(t, dir)),
		} {
			p := load(t, path)
			if p.Format != tt.format || p.Limits.TimeSource != tt.source {
				t.Errorf("%s, %s: format %s with the time limit of %s", name, way, p.Format, p.Limits.TimeSource)
			}
			if diff := cmp.Diff(tt.tests, testNames(p)); diff != "" {
				t.Errorf("%s, %s: %s", name, way, diff)
			}
			if !reader.Plausible(path) {
				t.Errorf("%s, %s: is not plausible", name, way)
			}
		}
	}
}

func TestBrokenForeignLayouts(t *testing.T) {
	checkBroken(t, polygonPackage(), map[string]broken{
		"two systems":          {files{"task.yaml": "name: a"}, []string{"has files of several systems: problem.xml, task.yaml"}},
		"config.yml of others": {files{"problem.xml": "x", "config.yml": "a: 1"}, []string{"problem.xml: broken xml: the top element is not <problem>"}},
		"checker not there": {
			files{"problem.xml": "<problem><judging/><assets><checker><source path=\"/etc/passwd\"/></checker></assets></problem>"},
			[]string{"problem.xml:1: has no <testset>", `problem.xml:1: names "/etc/passwd", which is no path in the package`},
		},
	})
	t.Run("links out of the package", func(t *testing.T) {
		dir := polygonPackage().write(t)
		must(t, os.Remove(filepath.Join(dir, "tests/02.a")))
		must(t, os.Symlink("/etc/passwd", filepath.Join(dir, "tests/02.a")))
		want := []string{
			`tests/02.a: symbolic link out of the package, to "/etc/passwd"`,
			"problem.xml:1: 1 of the 4 files of its 2 tests are not there, the first is tests/02.a",
		}
		if diff := cmp.Diff(want, issuesOf(t, dir)); diff != "" {
			t.Error(diff)
		}
	})
}
