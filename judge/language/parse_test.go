package language

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/sandbox"
)

const smallTable = `version: 1
env: [PATH=/bin]
languages:
  - id: x
    name: X
    sources: [.x]
    claims: [.x]
    version: [xc, --version]
    compile:
      steps: [[xc, -o, "{output}", "{files}"]]
      limits: {cpu: 1s, wall: 2s, memory: 1GiB, output: 64KiB, pids: 8, file_size: 16MiB}
      log_cap: 1KiB
      keep: executable
      artifact_cap: 1MiB
    run: {args: ["{program}"], pids: 1, memory: {allowance: 16MiB}}
    hello: {file: a.x, source: "hi"}
`

func TestParse(t *testing.T) {
	table, err := Parse([]byte(smallTable))
	if err != nil {
		t.Fatalf("Parse() = %v", err)
	}
	l := table.Languages[0]
	if l.Code != "x" || l.Entry.Kind != EntryNone || l.Compile.Limits.Memory != sandbox.GiB ||
		l.Run.Memory.Allowance != 16*sandbox.MiB || l.Compile.LogCap != sandbox.KiB {
		t.Errorf("Parse() = %+v", l)
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	tests := []struct{ name, old, with, want string }{
		{"empty", smallTable, "", "file is empty"},
		{"not YAML", smallTable, "a: [", "line 1"},
		{"unknown field", "    name: X\n", "    nome: X\n", "field nome not found"},
		{"version", "version: 1\n", "version: 2\n", "write version: 1"},
		{"two documents", "  - id: x", "  - id: x\n---\n", "more than one"},
		{"no PATH", "PATH=/bin", "LANG=C", "no PATH"},
		{"bad variable", "PATH=/bin", "PATH=/bin, 1x", `"1x" is not NAME=value`},
		{"bad id", "id: x", "id: X Y", `"X Y"`},
		{"no name", "    name: X\n", "", "name is missing"},
		{"no sources", "    sources: [.x]\n", "", "sources is missing"},
		{"extension without dot", "sources: [.x]", "sources: [x]", "with its dot"},
		{"claim of another's", "claims: [.x]", "claims: [.y]", "not among its sources"},
		{"no version command", "    version: [xc, --version]\n", "", "version is missing"},
		{"duration without unit", "cpu: 1s", "cpu: 1", "no positive time"},
		{"negative duration", "cpu: 1s", "cpu: -1s", "no positive time"},
		{"size without unit", "memory: 1GiB", "memory: 1000", "no size"},
		{"decimal size", "memory: 1GiB", "memory: 1GB", "no size"},
		{"size that overflows", "memory: 1GiB", "memory: 99999999999GiB", "no size"},
		{"limits missing", "cpu: 1s, ", "", "compile.limits needs"},
		{"unknown keep", "keep: executable", "keep: all", `compile.keep "all"`},
		{"unknown entry kind", "    hello:", "    entry: {kind: door}\n    hello:", `entry.kind "door"`},
		{"compiled without output", "    hello:", "    entry: {kind: file, compiled: .exe}\n    hello:", "entry.compiled is for"},
		{"suffix of no class", "    hello:", "    entry: {kind: file, suffix: Kt}\n    hello:", "entry.suffix is for"},
		{"output without entry", "keep: executable", "keep: output", "compile.keep output needs"},
		{"relative scratch", "pids: 1,", "pids: 1, scratch: w,", "run.scratch"},
		{"unknown placeholder", `"{output}"`, `"{outptu}"`, "unknown placeholder {outptu}"},
		{"placeholder of another place", `["{program}"]`, `["{entry}"]`, "unknown placeholder {entry}"},
		{"files inside an argument", `"{files}"`, `"-x{files}"`, "argument of its own"},
		{"no run", `args: ["{program}"], `, "", "run.args is missing"},
		{"no pids", ", pids: 1", "", "run.pids is missing"},
		{"no log cap", "      log_cap: 1KiB\n", "", "compile.log_cap is missing"},
		{"hello of another language", "file: a.x", "file: a.y", "hello.file"},
		{"empty out of memory", "allowance: 16MiB", `out_of_memory: [""]`, "empty text"},
		{"a preference for nothing", "    hello:", "    preferred_to: none\n    hello:", `preferred_to "none": write the ID`},
		{"prepare without steps", "    hello:", "    prepare: {optional: true}\n    hello:", "prepare.steps is missing"},
		{"a part of an optional cache", "    hello:", "    prepare: {optional: true, steps: [[a]], first: [[b]]}\n    hello:", "prepare.first is for a cache that is not optional"},
		{"what is missing without a part", "    hello:", "    prepare: {steps: [[a]], missing: none}\n    hello:", "prepare.missing is for a cache with prepare.first"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(smallTable, tt.old, tt.with, 1)
			if text == smallTable {
				t.Fatal("the test changed nothing")
			}
			_, err := Parse([]byte(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestParseRefusesNamesUsedTwice(t *testing.T) {
	_, second, _ := strings.Cut(smallTable, "languages:\n")
	_, err := Parse([]byte(smallTable + second))
	for _, want := range []string{`name "x" is used twice`, "extension .x is claimed twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse() = %v, want an error with %q", err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	if _, err := Load(""); err != nil {
		t.Errorf("the table built in is broken: %v", err)
	}
	path := filepath.Join(t.TempDir(), "languages.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Load(missing) = %v, want an error with its path", err)
	}
	if err := os.WriteFile(path, []byte("version: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Load(broken) = %v, want an error with its path", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(smallTable))
	f.Add([]byte("version: 1\nlanguages: [{id: a}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if table, err := Parse(data); err == nil && len(table.Languages) == 0 {
			t.Error("a table without languages was accepted")
		}
	})
}
