package examples

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// leaveOutStrays takes files in no known language for what compilers and people leave beside submissions, as other tools
// do. They are told, so that a misspelt extension is seen.
func (r *exampleReader) leaveOutStrays() {
	if r.problem.Kind.SubmitAnswer {
		return
	}
	r.all = slices.DeleteFunc(r.all, func(s problem.Submission) bool {
		if s.Language != "" || slices.ContainsFunc(s.Files, func(f tree.File) bool { return problem.LanguageOf(f.Name) != "" }) {
			return false
		}
		r.issues.Warn(s.Path, 0, "ignored, because no language is known by the names of its files",
			"remove it, correct its name, or give its language in "+tree.ExampleFile)
		return true
	})
}

// withoutLeftovers lists the files in the directory of a submission without those that a compiler made of the others.
// Nobody submits such a file, and it would count as code.
func (r *exampleReader) withoutLeftovers(dir string) []tree.File {
	var kept []tree.File
	told := make(map[string]bool)
	for _, f := range r.tree.ProgramFiles(dir) {
		what := r.leftover(path.Join(dir, f.Name))
		if what == "" {
			kept = append(kept, f)
		} else if !told[what] {
			told[what] = true
			r.issues.Warn(what, 0, "ignored, because a compiler made it", "remove it")
		}
	}
	return kept
}

// leftover names the file that a compiler made, or the directory of such files that it is in; "" for what people wrote.
func (r *exampleReader) leftover(name string) string {
	const cache = "__pycache__"
	if above, _, found := strings.Cut(name, "/"+cache+"/"); found {
		return path.Join(above, cache)
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".class", ".pyc", ".pyo", ".o", ".obj", ".exe", ".pdb", ".ilk", ".hi", ".ppu", ".cmi", ".cmo", ".cmx", ".ali", ".beam":
		return name
	}
	if problem.LanguageOf(name) == "" && isExecutable(r.tree, name) {
		return name
	}
	return ""
}

// isExecutable says whether a file begins like a program of Linux, Windows or macOS.
func isExecutable(t *tree.Tree, name string) bool {
	line := t.FirstLine(name)
	for _, magic := range []string{"\x7fELF", "MZ\x90\x00", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"} {
		if bytes.HasPrefix(line, []byte(magic)) {
			return true
		}
	}
	return false
}
