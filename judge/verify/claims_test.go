package verify

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// A file that says by its name to the worker what language it is says the same in a problem package.
func TestClaimsOfPackages(t *testing.T) {
	table, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	files, codes := judgetest.Double(), map[string]string{}
	for _, l := range table.Languages {
		for _, extension := range l.Claims {
			if strings.Contains(extension, "+") {
				continue // no file of a package may be called so
			}
			name := "submissions/accepted/" + l.ID + extension
			files[name], codes[name] = "\n", l.Code
		}
	}
	dir := filepath.Join(t.TempDir(), "double")
	judgetest.WriteFiles(t, dir, files)
	p, err := reader.Load(dir, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	submissions, err := p.Submissions()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range submissions {
		if want, ok := codes[s.Path]; ok && s.Language != want {
			t.Errorf("%s is %q to a package, and %q to the worker", s.Path, s.Language, want)
		}
		delete(codes, s.Path)
	}
	for name := range codes {
		t.Errorf("%s is no submission", name)
	}
}
