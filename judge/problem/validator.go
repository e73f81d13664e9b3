package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/checker"
)

// readValidator finds the custom output validator; nil means the default one.
func readValidator(t *source, meta metadata, issues *findings) *Validator {
	dir, found := findValidatorDir(t, meta.format, issues)
	switch {
	case !found && meta.custom:
		issues.reject(metadataFile, 0, "validation is custom, but there is no output validator",
			"add one as "+legacyValidatorsDir+"/name/")
		return nil
	case !found:
		return nil
	case meta.format.legacy() && !meta.custom:
		issues.warn(dir, 0, "ignored, because validation is default in problem.yaml", "write \"validation: custom\" to use it")
		return nil
	case !meta.custom && onlyNotes(t, dir):
		issues.warn(dir, 0, "ignored, because there is no program in it: the default output validator is used", "remove it")
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
	return !slices.ContainsFunc(t.files(dir), func(e *entry) bool {
		ext := strings.ToLower(path.Ext(e.path))
		return ext != ".md" && ext != ".txt" && !strings.HasPrefix(strings.ToLower(e.base()), "readme")
	})
}

// needsValidator notes that a kind of problem cannot do without an output validator of its own.
func needsValidator(t *source, meta metadata, v *Validator, issues *findings) {
	if v != nil || meta.custom || meta.format.legacy() || len(t.files(validatorDir))+len(t.files(legacyValidatorsDir)) > 0 {
		return // there is one, or it was said that it is missing or broken
	}
	const remedy = "add one as " + validatorDir + "/"
	switch {
	case meta.kind.Interactive:
		issues.reject(metadataFile, 0, "the problem is interactive, but there is no output validator", remedy)
	case meta.kind.MultiPass:
		issues.reject(metadataFile, 0, "the problem is multi-pass, but there is no output validator", remedy)
	}
}

// readPrograms finds the other programs of the package.
func readPrograms(p *Problem, t *source, meta metadata, issues *findings) {
	p.InputValidators = readInputValidators(t, issues)
	if meta.format.legacy() {
		return
	}
	if len(t.files(staticDir)) > 0 {
		p.StaticValidator = pickProgram(t, staticDir, "static validator", issues)
		if meta.kind.SubmitAnswer {
			issues.reject(staticDir, 0, "a submit-answer problem has no sources to look at", "remove it")
		}
	}
	if len(t.files(visualizerDir)) > 0 {
		lenient := new(findings) // its pictures change no verdict
		p.Visualizer = pickProgram(t, visualizerDir, "output visualizer", lenient)
		issues.tolerate(lenient)
	}
}

// readGrader finds the grader of the package where a group asks for it.
func readGrader(t *source, askedAt place, issues *findings) *Validator {
	given := len(t.files(graderDir)) > 0
	switch {
	case askedAt == (place{}) && given:
		issues.warn(graderDir, 0, "ignored, because no group has \"grading: custom\"", "")
		return nil
	case askedAt == (place{}):
		return nil
	case !given:
		issues.reject(askedAt.file, askedAt.line, "grading is custom, but there is no grader", "add one as "+graderDir+"/name/")
		return nil
	}
	return pickProgram(t, graderDir, "grader", issues)
}

// findValidatorDir returns the directory with the validator. Either name is taken in every format, as DOMjudge does.
func findValidatorDir(t *source, format Format, issues *findings) (string, bool) {
	mine, other := validatorDir, legacyValidatorsDir
	if format.legacy() {
		mine, other = other, mine
	}
	hasMine, hasOther := len(t.files(mine)) > 0, len(t.files(other)) > 0
	switch {
	case hasMine && hasOther:
		issues.reject(other, 0, "there is also "+mine, "keep one of the two")
		return mine, true
	case hasMine:
		return mine, true
	case hasOther:
		if !(format == Draft2023) {
			issues.warn(other, 0, fmt.Sprintf("format %s calls this directory %s", format, mine), "rename it")
		}
		return other, true
	}
	return "", false
}

// pickProgram finds the one program in dir: the files in dir themselves, a single source file, or a directory.
func pickProgram(t *source, dir, what string, issues *findings) *Validator {
	if t.file(dir) != nil {
		issues.reject(dir, 0, "is a file", "make it a directory that holds the "+what)
		return nil
	}
	own := t.validatorAt(dir, false)
	sources := sourcesOf(own.Files)
	candidates := t.validatorsBelow(dir)
	switch {
	case own.Build || own.Run:
		return t.validatorAt(dir, true)
	case dir != legacyValidatorsDir && dir != graderDir && own.Language != "":
		return t.validatorAt(dir, true)
	case len(sources) == 1 && len(candidates) == 0:
		return own
	case len(sources) == 0 && len(candidates) == 1:
		return candidates[0]
	case len(sources) == 0 && len(candidates) == 0:
		issues.reject(dir, 0, "holds no program in one known language, and no build or run script", "add the source of the "+what)
		return nil
	}
	issues.reject(dir, 0, fmt.Sprintf("holds several %ss (%s)", what, names(sources, candidates)),
		"keep one; several files of one program belong in a directory of their own")
	return nil
}

func sourcesOf(files []File) []string {
	var sources []string
	for _, f := range files {
		if languageOf(f.Name) != "" {
			sources = append(sources, f.Name)
		}
	}
	return sources
}

// validatorAt reads the program in a directory, with or without what is in directories below.
func (t *source) validatorAt(dir string, deep bool) *Validator {
	v := &Validator{Program: Program{Path: dir}}
	for _, f := range t.programFiles(dir) {
		if deep || !strings.Contains(f.Name, "/") {
			v.Files = append(v.Files, f)
		}
	}
	t.detect(&v.Program)
	v.Build = t.file(path.Join(dir, "build")) != nil
	v.Run = t.file(path.Join(dir, "run")) != nil
	return v
}

// validatorsBelow lists the directories in dir that hold a program.
func (t *source) validatorsBelow(dir string) []*Validator {
	var all []*Validator
	for _, e := range t.list(dir) {
		if !e.dir {
			continue
		}
		if v := t.validatorAt(e.path, true); v.Language != "" || v.Build || v.Run {
			all = append(all, v)
		}
	}
	return all
}

func names(list []string, below []*Validator) string {
	for _, v := range below {
		list = append(list, path.Base(v.Path)+"/")
	}
	return strings.Join(list, ", ")
}
