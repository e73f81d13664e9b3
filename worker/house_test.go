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
	for _, top := range []string{"configs", "judge", "metrics", "queue", "sandbox", "testcases/generate", "worker"} {
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
		test: strings.HasSuffix(name, "_test.go") || strings.HasPrefix(relative, "sandbox/sandboxtest/") ||
			strings.HasPrefix(relative, "queue/queuetest/"),
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

// within reports whether a package is the one at root, or lies below it.
func within(pkg, root string) bool { return pkg == root || strings.HasPrefix(pkg, root+"/") }

// mayImport lists, for a package and all below it, the packages of the module that may be imported, with all below
// them. The entry of the longest path counts. Platforms build queue/client, queue/message, judge/api and judge/verdict
// without the worker's libraries.
var mayImport = map[string][]string{
	"worker": {"worker", "queue", "judge", "sandbox", "metrics", "configs"},
	// What is below the command line knows nothing of containers or queues.
	"worker/commandline": {"worker/commandline"},
	"worker/sources":     {"judge/api", "judge/language", "sandbox"},
	"worker/grade":       {"worker/sources", "worker/wholefile", "judge/api", "judge/language", "judge/problem", "judge/verdict", "sandbox"},
	"worker/wholefile":   {},
	"worker/terminal":    {"sandbox"},
	"worker/exit":        {"worker/terminal", "judge/api"},
	"worker/settings":    {"worker/exit", "judge", "queue", "sandbox", "configs"},
	"worker/state":       {"worker/settings", "worker/wholefile", "sandbox/flock"},
	"worker/doctor": {
		"worker/judging", "worker/connect", "worker/state", "worker/settings", "worker/terminal",
		"judge/language", "queue", "sandbox",
	},
	// What commands that judge have in common, and two of those commands.
	"worker/artifacts": {"worker/terminal", "judge/api", "queue/client"},
	"worker/judgement": {"worker/exit", "worker/terminal", "judge/api", "judge/problem", "judge/verdict", "judge/verify"},
	"worker/packages":  {"worker/exit", "worker/terminal", "worker/wholefile", "judge/problem"},
	"worker/verification": {
		"worker/judgement", "worker/packages", "worker/judging", "worker/state", "worker/settings", "worker/exit",
		"worker/terminal", "worker/version", "worker/wholefile", "judge", "sandbox",
	},
	"worker/debug": {
		"worker/artifacts", "worker/judgement", "worker/doctor", "worker/serve", "worker/judging", "worker/connect", "worker/state",
		"worker/settings", "worker/exit", "worker/terminal", "worker/version", "worker/wholefile", "judge", "queue",
	},
	"worker/top": {
		"worker/connect", "worker/settings", "worker/exit", "worker/terminal",
		"judge/api", "judge/verdict", "queue/client", "queue/message",
	},
	"worker/bench": {
		"worker/judging", "worker/settings", "worker/state", "worker/exit", "worker/terminal", "worker/wholefile",
		"judge", "queue", "sandbox",
	},
	"worker/execute":  {"worker/settings", "worker/exit", "worker/terminal", "sandbox"},
	"worker/batch":    {"worker/sources", "worker/wholefile", "worker/judging", "worker/connect", "worker/settings", "worker/state", "worker/exit", "worker/terminal", "judge", "queue/client", "sandbox/flock"},
	"worker/serve":    {"worker/top", "worker/judging", "worker/connect", "worker/settings", "worker/state", "worker/exit", "worker/terminal", "worker/version", "judge", "queue", "metrics", "sandbox"},
	"worker/judging":  {"worker/state", "worker/settings", "worker/exit", "worker/terminal", "judge", "metrics", "sandbox"},
	"worker/version":  {"worker/terminal", "sandbox/seccomp"},
	"worker/connect":  {"worker/state", "worker/settings", "worker/exit", "worker/terminal", "queue/client", "queue/queuetest"},
	"queue":           {"queue", "judge", "metrics", "configs"},
	"queue/lanes":     {"queue/message"},
	"queue/storage":   {"queue/client", "queue/queuetest", "queue/message", "queue/internal/retry", "judge/api", "judge/library", "judge/verdict", "metrics"},
	"queue/omission":  {"queue/message", "judge/api"},
	"queue/failpoint": {},
	"queue/embedded":  {"queue", "judge", "metrics", "configs", "sandbox/flock"},
	"queue/client":    {"queue/client", "queue/message", "queue/internal/retry", "judge/api", "judge/verdict"},
	"queue/message":   {"queue/message", "judge/api", "judge/verdict"},
	"judge":           {"judge", "sandbox", "metrics", "configs"},
	"judge/api":       {"judge/api", "judge/verdict"},
	// The rooms of the judge: disks know nothing of programs or problems, the schedule nothing of containers, and only
	// judge/verify, the tests and the layers above import the judge itself.
	"judge/guard":      {},
	"judge/diskcache":  {"judge/guard", "sandbox"},
	"judge/artifact":   {"judge/api", "judge/diskcache", "judge/language", "judge/verdict", "sandbox"},
	"judge/library":    {"judge/api", "judge/diskcache", "judge/language", "judge/problem", "judge/verdict", "metrics", "sandbox"},
	"judge/schedule":   {"judge/grading", "judge/guard", "judge/problem", "judge/verdict"},
	"judge/classify":   {"judge/checker", "judge/verdict", "sandbox"},
	"judge/excerpt":    {"judge/api", "sandbox"},
	"judge/testinputs": {"sandbox"},
	"judge/verdict":    {},
	// A problem package: what is wrong, then settings and files, then what they say, and the reader above them all.
	"judge/problem/issue":    {},
	"judge/problem/glob":     {},
	"judge/problem/yamlmap":  {"judge/problem/yamlmap", "judge/problem/issue", "judge/suggest"},
	"judge/problem/tree":     {"judge/problem/issue", "judge/problem/yamlmap", "sandbox"},
	"judge/problem/foreign":  {"judge/problem/foreign"},
	"judge/problem/examples": {"judge/problem", "judge/suggest", "judge/verdict"},
	"judge/problem/advice":   {"judge/problem", "judge/verdict", "sandbox"},
	"judge/problem/reader":   {"judge/problem", "judge/checker", "judge/verdict", "sandbox", "configs/schemas"},
	"judge/problem": {
		"judge/problem/issue", "judge/problem/glob", "judge/problem/yamlmap", "judge/problem/tree",
		"judge/checker", "judge/language", "judge/verdict", "sandbox",
	},
	"sandbox/flock":      {"sandbox/flock"},
	"sandbox":            {"sandbox", "configs"},
	"sandbox/threads":    {},
	"sandbox/sampler":    {"sandbox/container"},
	"sandbox/userlimits": {"sandbox/container", "sandbox/forkexec"},
	"metrics":            {"judge/verdict"},
	"configs":            {"configs"},
	"testcases":          {"testcases"},
}

// importsAllowed returns the entry of mayImport that counts for a package.
func importsAllowed(pkg string) []string {
	longest := ""
	for root := range mayImport {
		if within(pkg, root) && len(root) > len(longest) {
			longest = root
		}
	}
	return mayImport[longest]
}

// TestHouseImports holds the direction of imports: worker -> queue -> judge -> sandbox, and
// queue/client -> queue/message -> judge/api -> judge/verdict.
func TestHouseImports(t *testing.T) {
	for _, f := range goFiles(t) {
		allowed := importsAllowed(f.dir)
		for _, imported := range f.imports {
			below, ours := strings.CutPrefix(imported, module)
			if !ours || slices.ContainsFunc(allowed, func(root string) bool { return within(below, root) }) {
				continue
			}
			if f.test && (below == "sandbox/sandboxtest" || below == "judge/judgetest" || below == "configs/schematest") {
				continue
			}
			if f.test && (f.dir == "queue/client" || f.dir == "worker/top") && within(below, "queue") {
				continue // their tests need somebody at the other end
			}
			t.Errorf("%s imports %s: %s may only import %v", f.name, imported, f.dir, allowed)
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

// TestHouseEmbedded holds the NATS server to the one package that starts it.
func TestHouseEmbedded(t *testing.T) {
	const server = "github.com/nats-io/nats-server/"
	for _, f := range goFiles(t) {
		if f.dir != "queue/embedded" && !f.test && slices.ContainsFunc(f.imports, func(i string) bool { return strings.HasPrefix(i, server) }) {
			t.Errorf("%s imports %s: only queue/embedded starts a server", f.name, server)
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

// mostFiles is how many files, tests apart, a package may have: in one with more, a reader does not find a rule by its name.
const mostFiles = 25

// largePackages have more, and no more than this. Who takes files out lowers the number, or removes the entry.
var largePackages = map[string]int{"judge": 27}

// TestHouseSize holds packages to a number of files.
func TestHouseSize(t *testing.T) {
	count := map[string]int{}
	for _, f := range goFiles(t) {
		if !f.test {
			count[f.dir]++
		}
	}
	for pkg, n := range count {
		if n > max(mostFiles, largePackages[pkg]) {
			t.Errorf("%s has %d files: take an idea out of it into a package of its own, %d are enough", pkg, n, mostFiles)
		}
	}
	for pkg, n := range largePackages {
		if count[pkg] < n {
			t.Errorf("%s has %d files and no more %d: say so in largePackages", pkg, count[pkg], n)
		}
	}
}
