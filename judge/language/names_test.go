package language

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/sandbox"
)

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a.c", "Main.java", "a b.cc", "x-1_2.py", "задача.cpp", "@x.c", "a..b", strings.Repeat("a", 255)} {
		if err := CheckName(good); err != nil {
			t.Errorf("CheckName(%q) = %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "-o", "--help.c", ".", "..", ".bashrc", "../x", "a/b", "/etc/passwd", `a\b`, "a\x00b", "a\nb", "a\u202eb", "\xff",
		strings.Repeat("a", 256),
	} {
		if err := CheckName(bad); err == nil {
			t.Errorf("CheckName(%q) = nil", bad)
		}
	}
}

func defaultTable(t *testing.T) *Table {
	t.Helper()
	table, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func unitOf(t *testing.T, id, entry string, names ...string) (*Unit, error) {
	t.Helper()
	l, ok := defaultTable(t).Lookup(id)
	if !ok {
		t.Fatalf("no language %s", id)
	}
	var files []sandbox.File
	for _, n := range names {
		files = append(files, sandbox.File{Path: n})
	}
	return NewUnit(l, files, entry)
}

// TestPascalUnits: the file with the program is the main file, also where a unit comes before it by its name.
func TestPascalUnits(t *testing.T) {
	l, _ := defaultTable(t).Lookup("pascal")
	u, err := NewUnit(l, []sandbox.File{
		{Path: "a.pas", Data: []byte("{ helps }\n// more\nUNIT a;\ninterface\nimplementation\nend.\n")},
		{Path: "sum.pas", Data: []byte("program sum;\nuses a;\nbegin end.\n")},
	}, "")
	if err != nil || u.MainFile != "sum.pas" {
		t.Errorf("main file %q, %v, want sum.pas", u.MainFile, err)
	}
}

// TestCanonicalNames: compilers know few spellings of an extension, and the file that was submitted stays beside the one
// that they are given.
func TestCanonicalNames(t *testing.T) {
	u, err := unitOf(t, "cpp23", "", "SUM.CPP", "UTIL.Cc", "util.h", "both.cpp", "both.CPP")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"./SUM.cpp", "./UTIL.cc", "./both.cpp"}
	if diff := cmp.Diff(want, u.values().files); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, f := range u.Files {
		names = append(names, f.Path)
	}
	want = []string{"SUM.CPP", "SUM.cpp", "UTIL.Cc", "UTIL.cc", "both.CPP", "both.cpp", "util.h"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestMainFile(t *testing.T) {
	tests := []struct {
		id, entry string
		names     []string
		want      string
	}{
		{"python3", "", []string{"only.py"}, "only.py"},
		{"python3", "", []string{"b.py", "a.py"}, "a.py"},
		{"python3", "", []string{"b.py", "MAIN.py", "a.py"}, "MAIN.py"},
		{"python3", "", []string{"a/main.py", "lib/a.py", "z.py"}, "a/main.py"},
		{"python3", "", []string{"a/main.py", "main.py"}, "main.py"},
		{"python3", "", []string{"lib/a.py", "z.py"}, "z.py"},
		{"python3", "z", []string{"a.py", "z.py"}, "z.py"},
		{"java", "A.java", []string{"A.java", "Main.java"}, "A.java"},
		{"python3", "", []string{"main.py", "__main__.py"}, "__main__.py"},
		{"python3", "b.py", []string{"main.py", "b.py"}, "b.py"},
		{"python3", "", []string{"a.txt", "z.py"}, "z.py"},
		{"javascript", "", []string{"a.js", "main.js"}, "main.js"},
		{"rust", "", []string{"lib.rs", "main.rs"}, "main.rs"},
		{"java", "Foo", []string{"Bar.java"}, "Bar.java"},
		{"c", "", []string{"b.c", "a.h"}, "b.c"},
		{"c", "", []string{"SUM.C"}, "SUM.c"},
		{"cpp17", "", []string{"SUM.CPP"}, "SUM.cpp"},
		{"cpp17", "", []string{"SUM.C"}, "SUM.C"},
		{"python3", "B.PY", []string{"A.PY", "B.PY"}, "B.py"},
		{"python3", "B", []string{"A.PY", "B.PY"}, "B.py"},
		{"python3", "", []string{"A.PY", "MAIN.Py"}, "MAIN.py"},
		{"python3", "", []string{"SUM.PY", "SUM.py"}, "SUM.py"},
		{"fortran", "", []string{"sum.F90"}, "sum.F90"},
		{"fortran", "", []string{"SUM.F95"}, "SUM.f95"},
		{"javascript", "", []string{"sum.mjs"}, "sum.mjs"},
		{"javascript", "", []string{"a.js", "main.mjs"}, "main.mjs"},
	}
	for _, tt := range tests {
		u, err := unitOf(t, tt.id, tt.entry, tt.names...)
		if err != nil || u.MainFile != tt.want {
			t.Errorf("%s, %q, %q: %+v, %v, want main file %s", tt.id, tt.entry, tt.names, u, err, tt.want)
		}
	}
}

func TestDriver(t *testing.T) {
	tests := []struct {
		id    string
		names []string
		want  string
	}{
		{"python3", []string{"main.py", "__main__.py"}, "__main__.py"},
		{"python3", []string{"lib.py", "Main.py"}, "Main.py"},
		{"python3", []string{"lib.py", "sub/main.py", "main.txt"}, ""},
		{"java", []string{"Grader.java", "Main.java"}, "Main.java"},
		{"cpp", []string{"main.cpp"}, ""}, // all sources are compiled together
	}
	for _, tt := range tests {
		l, _ := defaultTable(t).Lookup(tt.id)
		if got := l.Driver(tt.names); got != tt.want {
			t.Errorf("%s: Driver(%q) = %q, want %q", tt.id, tt.names, got, tt.want)
		}
	}
}

func TestStartWith(t *testing.T) {
	u, err := unitOf(t, "python3", "a.py", "a.py", "main.py")
	if err != nil {
		t.Fatal(err)
	}
	u.StartWith("")
	if u.MainFile != "a.py" {
		t.Errorf("main file %s, want the one that was asked for", u.MainFile)
	}
	u.StartWith("main.py")
	if u.MainFile != "main.py" || u.EntryPoint != "" {
		t.Errorf("main file %s, entry point %q, want main.py alone", u.MainFile, u.EntryPoint)
	}
}

func TestUnitWithoutSources(t *testing.T) {
	for _, names := range [][]string{nil, {"a.txt"}, {"a.h"}, {"a"}} {
		_, err := unitOf(t, "c", "", names...)
		var nothing *SourceError
		if !errors.As(err, &nothing) || !strings.Contains(err.Error(), ".c") {
			t.Errorf("NewUnit(c, %q) = %v, want a SourceError that names the extension", names, err)
		}
	}
	if _, err := unitOf(t, "python3", "nope.py", "a.py"); err == nil {
		t.Error("an entry point that does not exist was accepted")
	}
}

func TestCompileArguments(t *testing.T) {
	u, err := unitOf(t, "cpp17", "", "b.cc", "{output}.cc", "a.h", "-nasty.cc", "@args.cpp")
	if err != nil {
		t.Fatal(err)
	}
	got := u.values().args(u.Language.Compile.Steps[0])
	want := []string{
		"g++", "-std=gnu++17", "-O2", "-pipe", "-static", "-fno-use-linker-plugin", "-I/prepared/none", "-o", "/w/.out",
		"./-nasty.cc", "./@args.cpp", "./b.cc", "./{output}.cc",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func TestRunCommand(t *testing.T) {
	table := defaultTable(t)
	java, _ := table.Lookup("java")
	p := &Program{Language: java, Entry: "x.Main"}
	cmd := p.Command(table, 100*sandbox.MiB)
	for _, want := range []string{"-Xmx100m", "-Xss51200k", "x.Main", "."} {
		if !slices.Contains(cmd.Args, want) {
			t.Errorf("Args = %q, want %s among them", cmd.Args, want)
		}
	}
	if cmd.Limits.Memory != 100*sandbox.MiB+java.Run.Memory.Allowance {
		t.Errorf("Memory = %d", cmd.Limits.Memory)
	}
	python, _ := table.Lookup("python3")
	p = &Program{Language: python, Entry: "a b.py", Files: []sandbox.File{{Path: "a b.py"}}}
	if got := p.Command(table, sandbox.GiB).Args; !slices.Equal(got, []string{"python3", "./a b.py"}) {
		t.Errorf("Args = %q", got)
	}
	moved := p.At("/w/.validator")
	if got := moved.Command(table, sandbox.GiB).Args[1]; got != "/w/.validator/a b.py" || moved.Files[0].Path != got || p.Files[0].Path != "a b.py" {
		t.Errorf("At(): %q, %+v", got, moved.Files)
	}
}

func TestMainClass(t *testing.T) {
	java, _ := defaultTable(t).Lookup("java")
	tests := []struct {
		asked, file string
		classes     []string
		want        string
	}{
		{"", "Foo.java", []string{"Foo.class", "Main.class"}, "Foo"},
		{"", "foo.java", []string{"Foo.class", "Other.class"}, "Foo"},
		{"", "solution.java", []string{"Main.class", "Other.class"}, "Main"},
		{"", "solution.java", []string{"Only.class"}, "Only"},
		{"", "Foo.java", []string{"a/b/Foo.class", "Main.class"}, "a.b.Foo"},
		{"Other", "Foo.java", []string{"Foo.class", "Other.class"}, "Other"},
		{"a.Other", "Foo.java", []string{"Foo.class", "a/Other.class"}, "a.Other"},
		{"Nope", "Foo.java", []string{"Foo.class"}, ""},
		{"", "x.java", []string{"A.class", "B.class"}, ""},
		{"", "Foo.java", nil, ""},
	}
	for _, tt := range tests {
		if got := java.mainClass(tt.asked, tt.file, tt.classes); got != tt.want {
			t.Errorf("mainClass(%q, %q, %q) = %q, want %q", tt.asked, tt.file, tt.classes, got, tt.want)
		}
	}
}

func TestMainClassWithSuffix(t *testing.T) {
	kotlin, _ := defaultTable(t).Lookup("kotlin")
	tests := []struct {
		file    string
		classes []string
		want    string
	}{
		{"main.kt", []string{"MainKt.class", "Main.class", "main.class"}, "MainKt"},
		{"sum.kt", []string{"SumKt.class", "Sum.class"}, "SumKt"},
		{"sum.kt", []string{"a/SumKt.class"}, "a.SumKt"},
		{"Sum.kt", []string{"Sum.class", "Other.class"}, "Sum"},
		{"sum.kt", []string{"MainKt.class", "Other.class"}, "MainKt"},
	}
	for _, tt := range tests {
		if got := kotlin.mainClass("", tt.file, tt.classes); got != tt.want {
			t.Errorf("mainClass(%q, %q) = %q, want %q", tt.file, tt.classes, got, tt.want)
		}
	}
}

// What is started of a compiled script is not the source, but what the compiler made of it.
func TestCompiledEntry(t *testing.T) {
	u, err := unitOf(t, "erlang", "", "util.erl", "main.erl")
	if err != nil {
		t.Fatal(err)
	}
	if got := u.entryAmong([]sandbox.File{{Path: "main.erl"}, {Path: "main.beam"}, {Path: "util.beam"}}); got != "main.beam" {
		t.Errorf("entryAmong() = %q, want main.beam", got)
	}
	if got := u.entryAmong([]sandbox.File{{Path: "util.beam"}}); got != "" || u.wantedEntry() != "main.beam" {
		t.Errorf("entryAmong() = %q, wanted %q; want nothing, and main.beam wanted", got, u.wantedEntry())
	}
	p := &Program{Language: u.Language, Entry: "main.beam"}
	args := p.Command(defaultTable(t), sandbox.GiB).Args
	if i := slices.Index(args, "-s"); i < 0 || args[i+1] != "main" {
		t.Errorf("Args = %q, want the module main started", args)
	}
	u, err = unitOf(t, "csharp", "", "a.cs", "b.cs")
	if err != nil {
		t.Fatal(err)
	}
	if got := u.values().args(u.Language.Compile.Steps[1]); !slices.Contains(got, "-out:/w/.out/a.exe") {
		t.Errorf("arguments %q make no a.exe", got)
	}
}

func TestChoose(t *testing.T) {
	table := defaultTable(t)
	o, err := Open(Config{Table: table, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.all {
		c.status.State, c.status.Reason = StatePending, "rustc not found"
		if c.language.ID == "rust" {
			c.status.State, c.checked, c.retry = StateFailed, time.Now(), time.Now().Add(time.Hour)
		}
	}
	tests := []struct {
		name  string
		files []string
		want  string // ID, or a part of the error
	}{
		{"cpp17", []string{"a.txt"}, "cpp17"},
		{"cpp", nil, "cpp23"},
		{"c++", nil, "cpp23"},
		{"js", nil, "javascript"},
		{"", []string{"a.cc", "b.h"}, "cpp23"},
		{"", []string{"a.C"}, "cpp23"},
		{"", []string{"a.py"}, "python3"},
		{"", []string{"SUM.CPP"}, "cpp23"},
		{"", []string{"SUM.C"}, "cpp23"},
		{"", []string{"Sum.Py"}, "python3"},
		{"", []string{"sum.mjs"}, "javascript"},
		{"", []string{"sum.bash"}, "bash"},
		{"", []string{"sum.p"}, "pascal"},
		{"", []string{"sum.pl"}, "prolog"},
		{"", []string{"a.py", "b.c"}, "the files belong to c and to python3"},
		{"", []string{"a.xyz"}, "no language is known"},
		{"", nil, "no language is known"},
		{"klingon", []string{"a.c"}, `unknown language "klingon"`},
		{"rust", nil, "rustc not found"},
	}
	for _, tt := range tests {
		var files []sandbox.File
		for _, name := range tt.files {
			files = append(files, sandbox.File{Path: name})
		}
		l, err := o.Choose(tt.name, files)
		switch {
		case err == nil && l.ID != tt.want:
			t.Errorf("Choose(%q, %q) = %s, want %s", tt.name, tt.files, l.ID, tt.want)
		case err != nil && !strings.Contains(err.Error(), tt.want):
			t.Errorf("Choose(%q, %q) = %v, want %q", tt.name, tt.files, err, tt.want)
		}
	}
}

func TestAllowedBy(t *testing.T) {
	l, _ := defaultTable(t).Lookup("cpp17")
	for _, tt := range []struct {
		codes []string
		want  bool
	}{{nil, true}, {[]string{"all"}, true}, {[]string{"java", "cpp"}, true}, {[]string{"cpp17"}, true}, {[]string{"c"}, false}} {
		if got := l.AllowedBy(tt.codes); got != tt.want {
			t.Errorf("AllowedBy(%q) = %v", tt.codes, got)
		}
	}
}

func TestCutLog(t *testing.T) {
	tests := []struct {
		log, want string
		most      int
		cut       bool
	}{
		{"abc", "abc", 3, false},
		{"abcd", "abc", 3, true},
		{"aé", "a", 2, true},
		{"a\xffb", "a\uFFFDb", 10, false},
	}
	for _, tt := range tests {
		if got, cut := cutLog([]byte(tt.log), tt.most); got != tt.want || cut != tt.cut {
			t.Errorf("cutLog(%q, %d) = %q, %v, want %q, %v", tt.log, tt.most, got, cut, tt.want, tt.cut)
		}
	}
}
