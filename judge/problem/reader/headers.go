package reader

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

var includesTestlib = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*["<]testlib\.h[">]`)

// addHeaders puts testlib.h beside the sources of a program that include it: that of the package, wherever it is, or
// that of a directory of the host. A program with a build script looks after itself.
func (t *source) addHeaders(v *problem.Validator, issues *issue.Findings) {
	if v == nil || v.Build || v.Run || v.Language != "cpp" {
		return
	}
	have := make(map[string]bool)
	for _, f := range v.Files {
		have[f.Name] = true
	}
	for _, f := range v.Files {
		header := path.Join(path.Dir(f.Name), tree.TestlibHeader)
		if problem.LanguageOf(f.Name) == "" || have[header] || !t.needsTestlib(v, f) {
			continue
		}
		have[header] = true
		if found, ok := t.findHeader(header); ok {
			v.Files = append(v.Files, found)
			continue
		}
		issues.Reject(t.sourcePath(&v.Program, f), 0, "includes "+tree.TestlibHeader+", which is neither in the package nor on this host",
			"add it to the package, or start with --include DIR that has it")
	}
}

// sourcePath is where a file of a program is in the package.
func (t *source) sourcePath(p *problem.Program, f tree.File) string {
	if t.File(p.Path) != nil {
		return path.Join(path.Dir(p.Path), f.Name)
	}
	return path.Join(p.Path, f.Name)
}

func (t *source) needsTestlib(v *problem.Validator, f tree.File) bool {
	text, err := t.ReadText(t.sourcePath(&v.Program, f))
	return err == nil && includesTestlib.Match(text)
}

// findHeader looks for testlib.h: the one of the package that is least deep, then that of the host.
func (t *source) findHeader(as string) (tree.File, bool) {
	if own := t.ownTestlib(); own != nil {
		return t.AsFile(own, as), true
	}
	for _, dir := range append(t.include[:len(t.include):len(t.include)], "/usr/local/include", "/usr/include") {
		name := filepath.Join(dir, tree.TestlibHeader)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return tree.File{Name: as, Path: name, Size: info.Size()}, true
		}
	}
	return tree.File{}, false
}

// ownTestlib is the testlib.h of the package that is least deep, nil when it has none.
func (t *source) ownTestlib() *tree.Entry {
	if t.lookedForTestlib {
		return t.testlib
	}
	t.lookedForTestlib = true
	for _, e := range t.Files(".") {
		if e.Base() == tree.TestlibHeader && (t.testlib == nil || strings.Count(e.Path, "/") < strings.Count(t.testlib.Path, "/")) {
			t.testlib = e
		}
	}
	return t.testlib
}
