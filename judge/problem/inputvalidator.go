package problem

// readInputValidators lists the programs that look at inputs: each source file and each directory is one. Files in the
// languages of other tools, such as .ctd and .viva, are left to those.
func readInputValidators(t *source, issues *findings) []*Validator {
	var all []*Validator
	for _, e := range t.list(inputValidatorsDir) {
		if !e.dir && languageOf(e.base()) == "" {
			continue
		}
		v := t.sourceProgram(e)
		if v.Language == "" && !v.Build && !v.Run {
			issues.warn(e.path, 0, "ignored, because it is no program in one known language", "")
			continue
		}
		all = append(all, v)
	}
	return all
}
