package reader

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// FuzzMetadata reads any bytes as problem.yaml, .timelimit and domjudge-problem.ini: whatever they hold, there
// is a limit in range or an issue that says why not.
func FuzzMetadata(f *testing.F) {
	for _, s := range []string{
		"", "name: x", "problem_format_version: 2025-09\nname: x\nuuid: y\nlimits: {time_limit: 1}",
		"limits: {memory: 1e400}", "a: &x [*x]", "a: &a {b: *a}", "<<: {name: x}", "? [a]\n: b", "--- \n...\n---", "timelimit='5'",
		"\xEF\xBB\xBFname: x\r\n", "limits:\n  time_multipliers: {ac_to_time_limit: -1}", "languages: [~]", "name: !!binary aGk=",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		for _, name := range []string{tree.MetadataFile, tree.TimeLimitFile, tree.DOMjudgeFile} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		issues := new(issue.Findings)
		files, err := tree.Scan(dir, issues)
		if err != nil {
			t.Fatal(err)
		}
		tree := &source{Tree: files}
		meta := readMetadata(tree, issues)
		settleINI(tree, &meta, issues)
		settleTimeLimit(tree, &meta, issues)
		if l := meta.limits; l.Time <= 0 || l.Time > maxTime || l.Memory <= 0 || l.Memory > maxSize || l.Multipliers.Resolution <= 0 {
			t.Errorf("limits out of range: %+v", l)
		}
		for _, i := range issues.Issues {
			if i.What == "" || i.Line < 0 {
				t.Errorf("issue without words: %+v", i)
			}
		}
	})
}

// FuzzPackage reads any bytes as each of the files that a package may have beside problem.yaml: there is a problem with
// tests that can be graded, or an issue that says why not.
func FuzzPackage(f *testing.F) {
	for _, s := range []string{
		"", "on_reject: continue\nrange: 0 100\ngrader_flags: min", "max_score: 50\nscore_aggregation: min\nrequire_pass: sample",
		"static_validation_score: 5", "args: [a]\ninput_validator_args: {v: [b]}", "tests: {input: 'tests/*', answer: 'tests/*.a'}",
		"groups: [{name: a, points: 5, tests: '*', scoring: sum}]", "checker: {compare: floats, args: [tolerance=1]}",
		"solutions: {'tests/*': [AC]}", "interactor: tests/1", "points: 5\nsamples: '1'", "grading: custom", "range: 5",
	} {
		for kind := range uint8(4) {
			f.Add([]byte(s), kind)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, kind uint8) {
		dir := t.TempDir()
		files := map[string][]byte{
			"data/secret/1.in": nil, "data/secret/1.ans": nil, "data/sample/1.in": nil, "data/sample/1.ans": nil, "tests/1": nil, "tests/1.a": nil,
		}
		const head = "name: x\nuuid: y\ntype: scoring\nproblem_format_version: "
		switch kind % 4 {
		case 0:
			files["gavel.yaml"] = text
		case 1:
			files["problem.yaml"], files["data/testdata.yaml"], files["data/secret/testdata.yaml"] = []byte(head+"legacy"), text, text
		case 2:
			files["problem.yaml"], files["data/secret/test_group.yaml"], files["data/secret/1.yaml"] = []byte(head+"2025-09"), text, text
		case 3:
			files["problem.yaml"], files["gavel.yaml"], files["data/secret/testdata.yaml"] = []byte(head+"2023-07"), text, text
		}
		for name, content := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := read(dir, "a", dir, Options{}, new(issue.Findings))
		if err == nil && (len(p.Tests) == 0 || (p.Groups.Legacy == nil) == (p.Groups.Modern == nil)) {
			t.Errorf("a sound package with %d tests and root %+v", len(p.Tests), p.Groups)
		}
	})
}

// FuzzArchive reads any bytes as an archive. Nothing may appear outside the directory that it is unpacked to.
func FuzzArchive(f *testing.F) {
	var sound bytes.Buffer
	w := zip.NewWriter(&sound)
	for _, name := range []string{"problem.yaml", "data/secret/1.in", "data/secret/1.ans", "../x", "/x"} {
		out, err := w.Create(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := out.Write([]byte("name: x")); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(sound.Bytes())
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		parent := t.TempDir()
		file, dir := filepath.Join(parent, "a.zip"), filepath.Join(parent, "out")
		if err := os.WriteFile(file, archive, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		issues := new(issue.Findings)
		if err := tree.Unpack(file, dir, true, issues); err != nil {
			t.Fatal(err)
		}
		if p, err := read(file, "a", dir, Options{}, issues); err == nil && len(p.Tests) == 0 {
			t.Error("a package without tests is sound")
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) != 2 {
			t.Errorf("files outside: %v, %v", left, err)
		}
	})
}
