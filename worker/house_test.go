package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gaveloj/gavel/"

// goFile is a source file of the module, as far as the house rules look at it.
type goFile struct {
	dir     string // slash-separated, relative to the module's root
	name    string
	test    bool
	syntax  *ast.File
	imports []string
}

// goFiles parses every Go file that belongs to the module; the programs of sample submissions do not.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	for _, top := range []string{"client", "configs", "judge", "message", "metrics", "queue", "sandbox", "testcases/generate", "worker"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case !entry.IsDir() && strings.HasSuffix(name, ".go"):
				files = append(files, parseFile(t, name))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 20 {
		t.Fatalf("found %d Go files; is this the module's root: ..?", len(files))
	}
	return files
}

func parseFile(t *testing.T, name string) goFile {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	relative := strings.TrimPrefix(filepath.ToSlash(name), "../")
	f := goFile{
		dir: path.Dir(relative), name: relative, syntax: syntax,
		test: strings.HasSuffix(name, "_test.go") || strings.HasPrefix(relative, "sandbox/sandboxtest/"),
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		f.imports = append(f.imports, imported)
	}
	return f
}

// layer is the first element of a path in the module.
func layer(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// TestHouseImports holds the direction of imports: worker -> queue -> judge -> sandbox, with client -> message and the
// leaves beside.
func TestHouseImports(t *testing.T) {
	mayImport := map[string][]string{
		"worker":    {"worker", "queue", "client", "judge", "sandbox", "message", "metrics", "configs"},
		"queue":     {"queue", "client", "judge", "message", "metrics", "configs"},
		"client":    {"client", "message"}, // platforms build it without the worker's libraries
		"message":   {"message"},
		"judge":     {"judge", "sandbox", "message", "metrics", "configs"},
		"sandbox":   {"sandbox", "configs"},
		"metrics":   {"metrics"},
		"configs":   {"configs"},
		"testcases": {"testcases"},
	}
	for _, f := range goFiles(t) {
		for _, imported := range f.imports {
			below, ours := strings.CutPrefix(imported, module)
			if !ours || slices.Contains(mayImport[layer(f.dir)], layer(below)) {
				continue
			}
			if f.test && below == "sandbox/sandboxtest" {
				continue
			}
			t.Errorf("%s imports %s: %s may only import %v", f.name, imported, layer(f.dir), mayImport[layer(f.dir)])
		}
	}
}

// TestHouseSandbox holds the sandbox to the standard library, x/sys and libseccomp; TestHouseImports tells what
// of this module it may import.
func TestHouseSandbox(t *testing.T) {
	for _, f := range goFiles(t) {
		if layer(f.dir) != "sandbox" || f.test {
			continue
		}
		for _, imported := range f.imports {
			standard := !strings.Contains(layer(imported), ".")
			allowed := strings.HasPrefix(imported, "golang.org/x/sys/") ||
				imported == "github.com/seccomp/libseccomp-golang" || strings.HasPrefix(imported, module)
			if !standard && !allowed {
				t.Errorf("%s imports %s: sandbox takes nothing but the standard library, x/sys and libseccomp", f.name, imported)
			}
		}
	}
}

// TestHouseCgo holds cgo to the packages that cannot do without.
func TestHouseCgo(t *testing.T) {
	for _, f := range goFiles(t) {
		if slices.Contains(f.imports, "C") && f.dir != "sandbox/seccomp" && f.dir != "sandbox/forkexec" {
			t.Errorf("%s uses cgo; only sandbox/seccomp and sandbox/forkexec may", f.name)
		}
	}
}

// TestHouseInit allows one init: the hook that turns the process into a container server.
func TestHouseInit(t *testing.T) {
	var found []string
	for _, f := range goFiles(t) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && !f.test && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, f.name)
			}
		}
	}
	if len(found) > 1 || len(found) == 1 && layer(found[0]) != "sandbox" {
		t.Errorf("init in %v: only the hook of the container server below sandbox may have one", found)
	}
}

// TestHouseNames refuses packages that are named for nothing.
func TestHouseNames(t *testing.T) {
	for _, f := range goFiles(t) {
		if slices.Contains([]string{"util", "utils", "common", "helpers", "types", "pkg", "misc"}, f.syntax.Name.Name) {
			t.Errorf("%s: package %s says nothing about what it gives", f.name, f.syntax.Name.Name)
		}
	}
}
