package problem

import (
	"fmt"
	"path"
	"strings"
)

// The directories that may hold output validators: of 2025-09 and of the older formats.
const (
	validatorDir        = "output_validator"
	legacyValidatorsDir = "output_validators"
)

// readValidator finds the custom output validator; nil means the default one.
func readValidator(t *tree, meta metadata, issues *findings) *Validator {
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
	}
	return pickValidator(t, dir, issues)
}

// findValidatorDir returns the directory with the validator. Either name is taken in every format, as DOMjudge does.
func findValidatorDir(t *tree, format Format, issues *findings) (string, bool) {
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

// pickValidator finds the one program in dir: the files in dir themselves, a single source file, or a directory.
func pickValidator(t *tree, dir string, issues *findings) *Validator {
	if t.file(dir) != nil {
		issues.reject(dir, 0, "is a file", "make it a directory that holds the validator")
		return nil
	}
	own := t.validatorAt(dir, false)
	sources := sourcesOf(own.Files)
	candidates := t.validatorsBelow(dir)
	switch {
	case own.Build || own.Run:
		return t.validatorAt(dir, true)
	case dir == validatorDir && own.Language != "":
		return t.validatorAt(dir, true)
	case len(sources) == 1 && len(candidates) == 0:
		return own
	case len(sources) == 0 && len(candidates) == 1:
		return candidates[0]
	case len(sources) == 0 && len(candidates) == 0:
		issues.reject(dir, 0, "holds no program in one known language, and no build or run script", "add the validator's source")
		return nil
	}
	issues.reject(dir, 0, fmt.Sprintf("holds several output validators (%s)", names(sources, candidates)),
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
func (t *tree) validatorAt(dir string, deep bool) *Validator {
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
func (t *tree) validatorsBelow(dir string) []*Validator {
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

// readInclude lists the files that are added to submissions, by language.
func readInclude(t *tree, format Format, issues *findings) map[string][]File {
	include := make(map[string][]File)
	for _, e := range t.list("include") {
		switch {
		case !e.dir:
			issues.warn(e.path, 0, "ignored, because files to include lie in a directory named for their language", "")
		case format == LegacyICPC:
			issues.warn(e.path, 0, "ignored, because format legacy-icpc has no files to include", "use format legacy")
		default:
			if files := t.programFiles(e.path); len(files) > 0 {
				include[e.base()] = files
			}
		}
	}
	return include
}
