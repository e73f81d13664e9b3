package language

import "strings"

// Where programs find things in a container.
const (
	preparedDir = "/prepared"
	// outputPath is the {output} of compilations. No submission can bring a file of this name, since names do
	// not start with a dot.
	outputPath = "/w/.out"
)

// preparedValues are the placeholders that stand for the directory of a cache. /prepared/{id} and /prepared/ID are the
// same as {prepared}, as tables wrote it that knew one cache for each language. Without a cache it is a directory that
// does not exist.
func preparedValues(l *Language, name string) []string {
	if name == "" {
		name = "none"
	}
	dir := preparedDir + "/" + name
	return []string{"{prepared}", dir, preparedDir + "/{id}", dir, preparedDir + "/" + l.ID, dir}
}

// values fill placeholders in.
type values struct {
	pairs []string // placeholder, value, ...
	files []string // {files}, one argument each
}

// args fills the placeholders of an argument vector. What is filled in is never looked at again, so a file may
// be called "{output}.c".
func (v values) args(template []string) []string {
	r := strings.NewReplacer(v.pairs...)
	args := make([]string, 0, len(template)+len(v.files))
	for _, a := range template {
		if a == "{files}" {
			args = append(args, v.files...)
			continue
		}
		args = append(args, r.Replace(a))
	}
	return args
}

// env joins lists of variables and fills their placeholders.
func (v values) env(lists ...[]string) []string {
	r := strings.NewReplacer(v.pairs...)
	var env []string
	for _, list := range lists {
		for _, e := range list {
			env = append(env, r.Replace(e))
		}
	}
	return env
}
