package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestSamplePackages holds what every sample package promises and no judge looks at: whole pairs of tests that
// their own input validator accepts.
func TestSamplePackages(t *testing.T) {
	const root = ".."
	if err := generate(root, os.Stderr); err != nil {
		t.Fatal(err)
	}
	for _, dir := range packagesIn(t, root, "problem.yaml", "domjudge-problem.ini") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			if name := filepath.Base(dir); !regexp.MustCompile(`^[a-z0-9]+$`).MatchString(name) {
				t.Errorf("name %q, want lower case letters and digits only", name)
			}
			validator := inputValidator(t, dir)
			for _, set := range []string{"sample", "secret"} {
				checkTests(t, filepath.Join(dir, "data", set), validator)
			}
		})
	}
}

// inputValidator returns the path of a package's input validator with the package's plain constants filled in.
func inputValidator(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "input_validators", "validate.py")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(source, []byte("{{")) {
		return path
	}
	description, err := os.ReadFile(filepath.Join(dir, "problem.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var given struct{ Constants map[string]any }
	if err := yaml.Unmarshal(description, &given); err != nil {
		t.Fatal(err)
	}
	for name, value := range given.Constants {
		source = bytes.ReplaceAll(source, []byte("{{"+name+"}}"), fmt.Append(nil, value))
	}
	filled := filepath.Join(t.TempDir(), "validate.py")
	if err := os.WriteFile(filled, source, 0o600); err != nil {
		t.Fatal(err)
	}
	return filled
}

// packagesIn lists the directories that have one of these files.
func packagesIn(t *testing.T, root string, marks ...string) []string {
	t.Helper()
	var dirs []string
	for _, mark := range marks {
		found, err := filepath.Glob(filepath.Join(root, "*", mark))
		if err != nil || len(found) == 0 {
			t.Fatalf("found no package with %s: %v", mark, err)
		}
		for _, file := range found {
			dirs = append(dirs, filepath.Dir(file))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// TestTestlibSamples holds the same of the packages that gavel.yaml alone describes: their validator is a program in C++
// that exits 0.
func TestTestlibSamples(t *testing.T) {
	for _, dir := range packagesIn(t, "..", "gavel.yaml") {
		if _, err := os.Stat(filepath.Join(dir, "problem.yaml")); err == nil {
			continue
		}
		program := filepath.Join(t.TempDir(), "validate")
		if output, err := exec.Command("c++", "-o", program, filepath.Join(dir, "validate.cpp")).CombinedOutput(); err != nil {
			t.Fatalf("compile the validator of %s: %v\n%s", dir, err, output)
		}
		answers, err := filepath.Glob(filepath.Join(dir, "tests", "*.a"))
		if err != nil || len(answers) == 0 {
			t.Errorf("%s has no tests: %v", dir, err)
		}
		for _, answer := range answers {
			checkText(t, answer)
			command := exec.Command(program)
			command.Stdin = bytes.NewReader(checkText(t, strings.TrimSuffix(answer, ".a")))
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", answer, err, output)
			}
		}
	}
}

func checkTests(t *testing.T, dir, validator string) {
	t.Helper()
	var inputs []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".in" {
			inputs = append(inputs, path)
		}
		return err
	})
	if err != nil || len(inputs) == 0 {
		t.Errorf("%s has no tests: %v", dir, err)
	}
	for _, input := range inputs {
		checkText(t, strings.TrimSuffix(input, ".in")+".ans")
		text := checkText(t, input)
		command := exec.Command("python3", validator)
		command.Stdin = bytes.NewReader(text)
		output, err := command.CombinedOutput()
		if command.ProcessState == nil {
			t.Fatalf("run the input validator: %v", err)
		}
		if code := command.ProcessState.ExitCode(); code != 42 {
			t.Errorf("%s: %s exits %d, want 42\n%s", input, validator, code, output)
		}
	}
}

// checkText reads a file, which must end in a newline and have no carriage return.
func checkText(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(text, []byte("\n")) || bytes.Contains(text, []byte("\r")) {
		t.Errorf("%s does not end in a newline, or has carriage returns", path)
	}
	return text
}
