package reader

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap/yamlmaptest"
)

// repeat writes a format n times with the numbers from 0.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// empty is n empty files by a format of their names.
func empty(n int, format string) map[string]string {
	files := make(map[string]string)
	for i := range n {
		files[fmt.Sprintf(format, i)] = ""
	}
	return files
}

// writePackage writes the files of a package into a new directory.
func writePackage(t testing.TB, lists ...map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, files := range lists {
		for name, text := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestReadingIsBounded reads small packages that ask for much work. It counts steps and not time.
func TestReadingIsBounded(t *testing.T) {
	const head = "name: x\nuuid: y\ntype: scoring\nproblem_format_version: "
	keys := repeat(30_000, "k%d: 1, ")
	alone := map[string]string{"tests/1": "", "tests/1.a": ""}
	cases := map[string]string{"data/secret/1.in": "", "data/secret/1.ans": ""}
	settings := func(text string) map[string]string { return map[string]string{tree.SettingsFile: text} }
	for name, test := range map[string]struct {
		files []map[string]string
		says  string
		steps int // at most
	}{
		"an alias in a list": {
			[]map[string]string{alone, settings("groups:\n- &a {name: x, points: 1, tests: '1', " + keys + "}\n" + strings.Repeat("- *a\n", 100_000))},
			tree.SettingsFile + ": its aliases stand for more than", 0,
		},
		"an alias below keys": {
			[]map[string]string{alone, settings("x: &a {verdict: AC, " + keys + "}\nsolutions:\n" + repeat(50_000, " a%d: *a\n"))},
			tree.SettingsFile + ": its aliases stand for more than", 0,
		},
		"an alias of a list": {
			[]map[string]string{alone, settings("x: &a [" + repeat(50_000, "v%d,") + "]\nsolutions:\n" + repeat(20_000, " a%d: *a\n"))},
			tree.SettingsFile + ": its aliases stand for more than", 0,
		},
		"merges": {
			[]map[string]string{alone, settings("x: &a {" + keys + "}\n" + repeat(30_000, "y%d: {<<: *a}\n"))},
			tree.SettingsFile + ": its aliases stand for more than", 0,
		},
		"an alias to what it is in": {
			[]map[string]string{alone, settings("solutions: &b {c: *b}\n")}, tree.SettingsFile + ": its aliases stand for more than", 0,
		},
		"foreign tables": {
			[]map[string]string{cases, {tree.MetadataFile: head + "legacy\nx_a: &a {" + keys + "}\n" + repeat(40_000, "y%d: *a\n")}},
			tree.MetadataFile + ": its aliases stand for more than", 100,
		},
		"constants": {
			[]map[string]string{cases, {
				tree.MetadataFile:                     head + "2025-09\nconstants: {a: " + strings.Repeat("x", 900_000) + "}",
				tree.SecretDir + "/" + tree.GroupFile: "args: [" + strings.Repeat("'{{a}}',", 100_000) + "]",
			}},
			"with its constants it is larger than", 1000,
		},
		"directives": {[]map[string]string{alone, settings("%TAG !a! b\n" + repeat(40_000, "%%TAG !a%d! b\n") + "---\na: 1\n")}, "yaml directives", 0},
		"unknown keys": {
			[]map[string]string{alone, settings(repeat(80_000, "k%d: 1\n"))}, "unknown key k0", 200_000,
		},
		"solutions": {
			[]map[string]string{alone, settings("solutions:\n" + repeat(80_000, " a%d: AC\n"))}, "a0 is not there", 200_000,
		},
		"patterns of solutions": {
			[]map[string]string{alone, settings("solutions:\n" + repeat(60_000, " 'a%d*': AC\n")), empty(1000, "sol/%d.c")}, "steps: values", issue.MaxSteps + 1,
		},
		"patterns of test cases": {
			[]map[string]string{alone, settings("groups:\n- {name: g, points: 1, tests: [" + repeat(100_000, "'a%d*',") + "]}\n"), empty(1000, "tests/%d"), empty(1000, "tests/%d.a")},
			"steps: values", issue.MaxSteps + 1,
		},
		"names of groups": {
			[]map[string]string{alone, settings("groups:\n" + repeat(20_000, "- {name: g%d, points: 1, tests: 1}\n"))}, "steps: values", issue.MaxSteps + 1,
		},
		"required groups": {
			[]map[string]string{cases, {
				tree.MetadataFile: head + "2025-09", "data/secret/g/" + tree.GroupFile: "max_score: 1\nrequire_pass: [" + repeat(100_000, "a%d,") + "]",
				"data/secret/g/1.in": "", "data/secret/g/1.ans": "",
			}},
			"which is no test group", 400_000,
		},
		"flags": {
			[]map[string]string{cases, {tree.MetadataFile: head + "legacy\nvalidator_flags: " + repeat(100_000, "a%d ")}},
			"a program can be given", 1000,
		},
		"arguments of every test case": {
			[]map[string]string{
				cases,
				{tree.MetadataFile: head + "2025-09", tree.SecretDir + "/" + tree.GroupFile: "args: [" + repeat(9000, "a%d,") + "]"},
				empty(1000, tree.SecretDir+"/%d.in"), empty(1000, tree.SecretDir+"/%d.ans"),
			},
			"steps: values", issue.MaxSteps + 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, issues := writePackage(t, test.files...), new(issue.Findings)
			_, err := read(dir, "a", dir, Options{}, issues)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("read() = %.300v, want it to say %q", err, test.says)
			}
			if issues.Steps > test.steps || len(issues.Issues) > issue.MaxFindings+2 || len(issues.Warnings) > issue.MaxFindings+1 {
				t.Errorf("%d steps, %d issues and %d warnings, want %d steps at most", issues.Steps, len(issues.Issues), len(issues.Warnings), test.steps)
			}
		})
	}
}

// TestExamplesAreBounded has patterns of example submissions, which keep nothing else from being judged.
func TestExamplesAreBounded(t *testing.T) {
	dir := writePackage(t, map[string]string{
		"data/secret/1.in": "", "data/secret/1.ans": "", tree.MetadataFile: "name: x\nuuid: y\nproblem_format_version: 2025-09",
		tree.ExampleFile: repeat(20_000, "'a%d*/b*c*': {permitted: [AC]}\n"),
	}, empty(1000, "submissions/accepted/%d.c"))
	p, err := Load(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.Submissions()
	if len(all) != 1000 || err == nil || !strings.Contains(err.Error(), tree.ExampleFile) || !strings.Contains(err.Error(), "steps: values") {
		t.Errorf("Submissions() = %d of them, %v", len(all), err)
	}
}

// FuzzAliases holds that reading a file takes no more steps than there are values, with what its aliases stand for.
func FuzzAliases(f *testing.F) {
	for _, s := range yamlmaptest.Aliased {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var document yaml.Node
		if yaml.Unmarshal(text, &document) != nil {
			return
		}
		const enough = 1_200_001 // more than are read
		count := yamlmaptest.Count(&document, enough)
		dir, issues := writePackage(t, map[string]string{"tests/1": "", "tests/1.a": "", tree.SettingsFile: string(text)}), new(issue.Findings)
		_, _ = read(dir, "a", dir, Options{}, issues) // whatever it is
		if issues.Steps > 4*count+100 {
			t.Errorf("%d steps for %d values", issues.Steps, count)
		}
	})
}
