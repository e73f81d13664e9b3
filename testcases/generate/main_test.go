package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ones writes two small tests.
const ones = `package main

import (
	"os"
	"path/filepath"
)

func main() {
	for _, name := range []string{"1.in", "1.ans"} {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), []byte("1\n"), 0o644); err != nil {
			panic(err)
		}
	}
}
`

// samplePackage is a directory of packages with one package, whose generator has the given source.
func samplePackage(t *testing.T, source string) (root string) {
	t.Helper()
	root = t.TempDir()
	write(t, filepath.Join(root, "ones", "generators", "main.go"), source)
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// generated runs generate on root and tells whether it had something to do.
func generated(t *testing.T, root string) bool {
	t.Helper()
	var progress strings.Builder
	if err := generate(root, &progress); err != nil {
		t.Fatalf("generate(%q) = %v, want no error", root, err)
	}
	for _, name := range []string{"1.in", "1.ans"} {
		text, err := os.ReadFile(filepath.Join(root, "ones", "data", "secret", name))
		if err != nil || string(text) != "1\n" {
			t.Fatalf("after generate, %s holds %q, %v; want %q", name, text, err, "1\n")
		}
	}
	return progress.Len() > 0
}

func TestGenerateOnlyWhatIsMissing(t *testing.T) {
	root := samplePackage(t, ones)
	answer := filepath.Join(root, "ones", "data", "secret", "1.ans")
	for _, step := range []struct {
		name   string
		before func()
		want   bool
	}{
		{"nothing there", func() {}, true},
		{"all there", func() {}, false},
		{"a file missing", func() { _ = os.Remove(answer) }, true},
		{"a file cut short", func() { write(t, answer, "") }, true},
		{"the generator changed", func() {
			write(t, filepath.Join(root, "ones", "generators", "main.go"), ones+"\n// Changed.\n")
		}, true},
		{"the record broken", func() {
			write(t, filepath.Join(root, "ones", "generators", ".written"), "x\ny\n")
		}, true},
		{"all there again", func() {}, false},
	} {
		step.before()
		if got := generated(t, root); got != step.want {
			t.Errorf("%s: generated = %v, want %v", step.name, got, step.want)
		}
	}
	left, err := filepath.Glob(filepath.Join(root, "ones", "generators", ".fresh-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary directories left behind: %q, %v", left, err)
	}
}

func TestGenerateErrors(t *testing.T) {
	broken := samplePackage(t, "package main\n\nfunc main() { panic(\"no data today\") }\n")
	for _, test := range []struct{ name, root, want string }{
		{"no packages", t.TempDir(), "run this from the root of the repository"},
		{"generator fails", broken, "no data today"},
	} {
		err := generate(test.root, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: generate = %v, want an error with %q", test.name, err, test.want)
		}
	}
	if _, err := os.Stat(filepath.Join(broken, "ones", "generators", ".written")); err == nil {
		t.Error("a generator that failed was recorded as done")
	}
}
