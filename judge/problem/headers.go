package problem

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

var includesTestlib = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*["<]testlib\.h[">]`)

// addHeaders puts testlib.h beside the sources of a program that include it: that of the package, wherever it is, or
// that of a directory of the host. A program with a build script looks after itself.
func (t *source) addHeaders(v *Validator, issues *findings) {
	if v == nil || v.Build || v.Run || v.Language != "cpp" {
		return
	}
	have := make(map[string]bool)
	for _, f := range v.Files {
		have[f.Name] = true
	}
	for _, f := range v.Files {
		header := path.Join(path.Dir(f.Name), testlibHeader)
		if languageOf(f.Name) == "" || have[header] || !t.needsTestlib(v, f) {
			continue
		}
		have[header] = true
		if found, ok := t.findHeader(header); ok {
			v.Files = append(v.Files, found)
			continue
		}
		issues.reject(t.sourcePath(&v.Program, f), 0, "includes "+testlibHeader+", which is neither in the package nor on this host",
			"add it to the package, or start with --include DIR that has it")
	}
}

// sourcePath is where a file of a program is in the package.
func (t *source) sourcePath(p *Program, f File) string {
	if t.file(p.Path) != nil {
		return path.Join(path.Dir(p.Path), f.Name)
	}
	return path.Join(p.Path, f.Name)
}

func (t *source) needsTestlib(v *Validator, f File) bool {
	text, err := t.readText(t.sourcePath(&v.Program, f))
	return err == nil && includesTestlib.Match(text)
}

// findHeader looks for testlib.h: the one of the package that is least deep, then that of the host.
func (t *source) findHeader(as string) (File, bool) {
	if own := t.ownTestlib(); own != nil {
		return t.asFile(own, as), true
	}
	for _, dir := range append(t.include[:len(t.include):len(t.include)], "/usr/local/include", "/usr/include") {
		name := filepath.Join(dir, testlibHeader)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return File{Name: as, Path: name, Size: info.Size()}, true
		}
	}
	return File{}, false
}

// ownTestlib is the testlib.h of the package that is least deep, nil when it has none.
func (t *source) ownTestlib() *entry {
	if t.lookedForTestlib {
		return t.testlib
	}
	t.lookedForTestlib = true
	for _, e := range t.files(".") {
		if e.base() == testlibHeader && (t.testlib == nil || strings.Count(e.path, "/") < strings.Count(t.testlib.path, "/")) {
			t.testlib = e
		}
	}
	return t.testlib
}
