package problem

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
