package judge

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/sandbox"
)

// TestWithInclude: files for all languages come first, then those of the family, then those of the language alone; each
// replaces what was there.
func TestWithInclude(t *testing.T) {
	table, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	inc := func(of string, names ...string) []tree.File {
		var files []tree.File
		for _, name := range names {
			path := filepath.Join(dir, of+"-"+name)
			if err := os.WriteFile(path, []byte(of), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, tree.File{Name: name, Path: path})
		}
		return files
	}
	p := &problem.Problem{Include: map[string][]tree.File{
		"default": inc("default", "a.h", "b.h", "c.h"), "cpp": inc("cpp", "b.h", "c.h", "main.cpp"),
		"cpp20": inc("cpp20", "c.h"), "python3": inc("python3", "main.py"), "c": inc("c", "a.h"),
	}}
	submitted := []sandbox.File{{Path: "a.h", Data: []byte("mine")}, {Path: "x.cpp", Data: []byte("mine")}}
	tests := map[string]struct {
		want map[string]string
		main string
	}{
		"cpp20": {map[string]string{"x.cpp": "mine", "a.h": "default", "b.h": "cpp", "c.h": "cpp20", "main.cpp": "cpp"}, "x.cpp"},
		"cpp17": {map[string]string{"x.cpp": "mine", "a.h": "default", "b.h": "cpp", "c.h": "cpp", "main.cpp": "cpp"}, "x.cpp"},
		"pypy3": {map[string]string{"x.cpp": "mine", "a.h": "default", "b.h": "default", "c.h": "default", "main.py": "python3"}, "main.py"},
		"java":  {map[string]string{"x.cpp": "mine", "a.h": "default", "b.h": "default", "c.h": "default"}, "A.java"},
	}
	for id, tt := range tests {
		t.Run(id, func(t *testing.T) {
			l, _ := table.Lookup(id)
			files, err := withInclude(submitted, p, l)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, f := range files {
				got[f.Path] = string(f.Data)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(files) != len(got) {
				t.Errorf("%d files: %s", len(files), diff)
			}
			u, err := language.NewUnit(l, append(files, sandbox.File{Path: "A.java"}, sandbox.File{Path: "z.py"}), "")
			if err != nil {
				t.Fatal(err)
			}
			c := &compiler{problem: p, language: l}
			if got := c.mainFile(u); got != tt.main {
				t.Errorf("main file = %q, want %q", got, tt.main)
			}
		})
	}
}
