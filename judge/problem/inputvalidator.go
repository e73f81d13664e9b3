package problem

import "path"

const inputValidatorsDir = "input_validators"

// readInputValidators lists the programs that look at inputs: each source file and each directory is one. Files in the
// languages of other tools, such as .ctd and .viva, are left to those.
func readInputValidators(t *tree, issues *findings) []*Validator {
	var all []*Validator
	for _, e := range t.list(inputValidatorsDir) {
		var v *Validator
		switch {
		case e.dir:
			v = t.validatorAt(e.path, true)
		case languageOf(e.base()) != "":
			v = t.inputValidator(e)
		default:
			continue
		}
		if v.Language == "" && !v.Build && !v.Run {
			issues.warn(e.path, 0, "ignored, because it is no program in one known language", "")
			continue
		}
		all = append(all, v)
	}
	return all
}

// inputValidator is the program of one source file, with what lies beside it and is no source, such as headers.
func (t *tree) inputValidator(source *entry) *Validator {
	v := &Validator{Program: Program{Path: source.path, Files: []File{t.asFile(source, source.base())}}}
	t.detect(&v.Program)
	for _, e := range t.list(path.Dir(source.path)) {
		if !e.dir && languageOf(e.base()) == "" {
			v.Files = append(v.Files, t.asFile(e, e.base()))
		}
	}
	return v
}
