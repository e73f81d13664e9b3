package reader

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// readValidator finds the custom output validator; nil means the default one.
func readValidator(t *source, meta metadata, issues *issue.Findings) *problem.Validator {
	dir, found := findValidatorDir(t, meta.format, issues)
	switch {
	case !found && meta.custom:
		issues.Reject(tree.MetadataFile, 0, "validation is custom, but there is no output validator",
			"add one as "+tree.LegacyValidatorsDir+"/name/")
		return nil
	case !found:
		return nil
	case meta.format.IsLegacy() && !meta.custom:
		issues.Warn(dir, 0, "ignored, because validation is default in problem.yaml", "write \"validation: custom\" to use it")
		return nil
	case !meta.custom && onlyNotes(t, dir):
		issues.Warn(dir, 0, "ignored, because there is no program in it: the default output validator is used", "remove it")
		return nil
	}
	v := pickProgram(t, dir, "output validator", issues)
	if v != nil {
		v.Protocol = checker.Kattis
	}
	return v
}

// onlyNotes says whether a directory holds nothing but texts for people.
func onlyNotes(t *source, dir string) bool {
	return !slices.ContainsFunc(t.Files(dir), func(e *tree.Entry) bool {
		ext := strings.ToLower(path.Ext(e.Path))
		return ext != ".md" && ext != ".txt" && !strings.HasPrefix(strings.ToLower(e.Base()), "readme")
	})
}

// needsValidator notes that a kind of problem cannot do without an output validator of its own.
func needsValidator(t *source, meta metadata, v *problem.Validator, issues *issue.Findings) {
	if v != nil || meta.custom || meta.format.IsLegacy() || len(t.Files(tree.ValidatorDir))+len(t.Files(tree.LegacyValidatorsDir)) > 0 {
		return // there is one, or it was said that it is missing or broken
	}
	const remedy = "add one as " + tree.ValidatorDir + "/"
	switch {
	case meta.kind.Interactive:
		issues.Reject(tree.MetadataFile, 0, "the problem is interactive, but there is no output validator", remedy)
	case meta.kind.MultiPass:
		issues.Reject(tree.MetadataFile, 0, "the problem is multi-pass, but there is no output validator", remedy)
	}
}

// readPrograms finds the other programs of the package.
func readPrograms(p *problem.Problem, t *source, meta metadata, issues *issue.Findings) {
	p.InputValidators = readInputValidators(t, issues)
	if meta.format.IsLegacy() {
		return
	}
	if len(t.Files(tree.StaticDir)) > 0 {
		p.StaticValidator = pickProgram(t, tree.StaticDir, "static validator", issues)
		if meta.kind.SubmitAnswer {
			issues.Reject(tree.StaticDir, 0, "a submit-answer problem has no sources to look at", "remove it")
		}
	}
	if len(t.Files(tree.VisualizerDir)) > 0 {
		lenient := new(issue.Findings) // its pictures change no verdict
		p.Visualizer = pickProgram(t, tree.VisualizerDir, "output visualizer", lenient)
		issues.Tolerate(lenient)
	}
}

// readGrader finds the grader of the package where a group asks for it.
func readGrader(t *source, askedAt issue.Place, issues *issue.Findings) *problem.Validator {
	given := len(t.Files(tree.GraderDir)) > 0
	switch {
	case askedAt == (issue.Place{}) && given:
		issues.Warn(tree.GraderDir, 0, "ignored, because no group has \"grading: custom\"", "")
		return nil
	case askedAt == (issue.Place{}):
		return nil
	case !given:
		issues.Reject(askedAt.File, askedAt.Line, "grading is custom, but there is no grader", "add one as "+tree.GraderDir+"/name/")
		return nil
	}
	return pickProgram(t, tree.GraderDir, "grader", issues)
}

// findValidatorDir returns the directory with the validator. Either name is taken in every format, as DOMjudge does.
func findValidatorDir(t *source, format problem.Format, issues *issue.Findings) (string, bool) {
	mine, other := tree.ValidatorDir, tree.LegacyValidatorsDir
	if format.IsLegacy() {
		mine, other = other, mine
	}
	hasMine, hasOther := len(t.Files(mine)) > 0, len(t.Files(other)) > 0
	switch {
	case hasMine && hasOther:
		issues.Reject(other, 0, "there is also "+mine, "keep one of the two")
		return mine, true
	case hasMine:
		return mine, true
	case hasOther:
		if !(format == problem.Draft2023) {
			issues.Warn(other, 0, fmt.Sprintf("format %s calls this directory %s", format, mine), "rename it")
		}
		return other, true
	}
	return "", false
}

// pickProgram finds the one program in dir: the files in dir themselves, a single source file, or a directory.
func pickProgram(t *source, dir, what string, issues *issue.Findings) *problem.Validator {
	if t.File(dir) != nil {
		issues.Reject(dir, 0, "is a file", "make it a directory that holds the "+what)
		return nil
	}
	own := t.validatorAt(dir, false)
	sources := sourcesOf(own.Files)
	candidates := t.validatorsBelow(dir)
	switch {
	case own.Build || own.Run:
		return t.validatorAt(dir, true)
	case dir != tree.LegacyValidatorsDir && dir != tree.GraderDir && own.Language != "":
		return t.validatorAt(dir, true)
	case len(sources) == 1 && len(candidates) == 0:
		return own
	case len(sources) == 0 && len(candidates) == 1:
		return candidates[0]
	case len(sources) == 0 && len(candidates) == 0:
		issues.Reject(dir, 0, "holds no program in one known language, and no build or run script", "add the source of the "+what)
		return nil
	}
	issues.Reject(dir, 0, fmt.Sprintf("holds several %ss (%s)", what, names(sources, candidates)),
		"keep one; several files of one program belong in a directory of their own")
	return nil
}

func sourcesOf(files []tree.File) []string {
	var sources []string
	for _, f := range files {
		if problem.LanguageOf(f.Name) != "" {
			sources = append(sources, f.Name)
		}
	}
	return sources
}

// validatorAt reads the program in a directory, with or without what is in directories below.
func (t *source) validatorAt(dir string, deep bool) *problem.Validator {
	v := &problem.Validator{Program: problem.Program{Path: dir}}
	for _, f := range t.ProgramFiles(dir) {
		if deep || !strings.Contains(f.Name, "/") {
			v.Files = append(v.Files, f)
		}
	}
	t.detect(&v.Program)
	v.Build = t.File(path.Join(dir, "build")) != nil
	v.Run = t.File(path.Join(dir, "run")) != nil
	return v
}

// validatorsBelow lists the directories in dir that hold a program.
func (t *source) validatorsBelow(dir string) []*problem.Validator {
	var all []*problem.Validator
	for _, e := range t.List(dir) {
		if !e.Dir {
			continue
		}
		if v := t.validatorAt(e.Path, true); v.Language != "" || v.Build || v.Run {
			all = append(all, v)
		}
	}
	return all
}

func names(list []string, below []*problem.Validator) string {
	for _, v := range below {
		list = append(list, path.Base(v.Path)+"/")
	}
	return strings.Join(list, ", ")
}
