package problem

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
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
		for _, name := range []string{metadataFile, timeLimitFile, domjudgeFile} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		issues := new(findings)
		tree, err := scan(dir, issues)
		if err != nil {
			t.Fatal(err)
		}
		meta := readMetadata(tree, issues)
		settleINI(tree, &meta, issues)
		settleTimeLimit(tree, &meta, issues)
		if l := meta.limits; l.Time <= 0 || l.Time > maxTime || l.Memory <= 0 || l.Memory > maxSize || l.Multipliers.Resolution <= 0 {
			t.Errorf("limits out of range: %+v", l)
		}
		for _, i := range issues.issues {
			if i.What == "" || i.Line < 0 {
				t.Errorf("issue without words: %+v", i)
			}
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
		issues := new(findings)
		if err := unpack(file, dir, issues); err != nil {
			t.Fatal(err)
		}
		if p, err := read(file, "a", dir, nil, issues); err == nil && len(p.Tests) == 0 {
			t.Error("a package without tests is sound")
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) != 2 {
			t.Errorf("files outside: %v, %v", left, err)
		}
	})
}
