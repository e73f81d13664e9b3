package examples

import (
	"encoding/json"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/tree"
)

// readDetails reads languages and entry points that nothing else in the package tells. The other keys matter to
// DOMjudge alone; what cannot be read is left alone.
func (r *exampleReader) readDetails() {
	if r.tree.File(tree.DetailsFile) == nil {
		return
	}
	text, err := r.tree.ReadText(tree.DetailsFile)
	if err != nil {
		r.issues.Warn(tree.DetailsFile, 0, "ignored, because it cannot be read: "+tree.Cause(err), "")
		return
	}
	var details map[string]struct {
		Language   string `json:"language_id"`
		EntryPoint string `json:"entry_point"`
	}
	if err := json.Unmarshal(text, &details); err != nil {
		r.issues.Warn(tree.DetailsFile, 0, "ignored, because it is no map of submissions: "+err.Error(), "")
		return
	}
	for i := range r.all {
		s := &r.all[i]
		d := details[strings.TrimPrefix(s.Path, tree.SubmissionsDir+"/")]
		if s.Language == "" {
			s.Language = domjudgeLanguage(d.Language)
		}
		if s.EntryPoint == "" {
			s.EntryPoint = d.EntryPoint
		}
	}
}

// domjudgeLanguage is the format's code of a language that DOMjudge calls id.
func domjudgeLanguage(id string) string {
	switch id {
	case "adb":
		return "ada"
	case "f95":
		return "fortran"
	case "hs":
		return "haskell"
	case "js":
		return "javascript"
	case "kt":
		return "kotlin"
	case "pas":
		return "pascal"
	case "pl":
		return "perl"
	case "plg":
		return "prolog"
	case "py2", "py3":
		return "python" + id[2:]
	case "rb":
		return "ruby"
	case "rs":
		return "rust"
	case "sh":
		return "bash"
	}
	return id
}
