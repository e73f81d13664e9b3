package advice

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// statement is a file with the text of the problem in one language.
type statement struct {
	file     *tree.Entry
	language string
}

// statementDirs are the directories that the formats have for statements, by the newest first.
func statementDirs() []string { return []string{"statement", "problem_statement"} }

// statements looks at the statements, which matter to people alone.
func (a *Adviser) statements() {
	found := a.findStatements()
	if len(found) == 0 {
		if !a.statementElsewhere() {
			dir := statementDirs()[0]
			if a.Problem.Format.IsLegacy() {
				dir = statementDirs()[1]
			}
			a.Issues.Warn(dir, 0, "there is no statement", "add it as "+dir+"/problem.en.tex or .md")
		}
		return
	}
	byLanguage := make(map[string]*tree.Entry)
	for _, s := range found {
		if other := byLanguage[s.language]; other != nil {
			a.Issues.Warn(s.file.Path, 0, fmt.Sprintf("is a statement in language %s, as %s is", s.language, other.Path), "keep one of them")
		}
		byLanguage[s.language] = s.file
		text, err := a.Tree.ReadText(s.file.Path)
		if err != nil || path.Ext(s.file.Path) == ".pdf" {
			continue
		}
		a.title(s, text)
		a.images(s, string(text))
	}
}

// findStatements lists the statements by the names of the formats: problem.LANGUAGE.tex, where legacy has .tex without a
// language too. A PDF beside the source that it was made of is a statement of its own in 2025-09 alone.
func (a *Adviser) findStatements() []statement {
	var all []statement
	for _, dir := range statementDirs() {
		for _, e := range a.Tree.List(dir) {
			ext := path.Ext(e.Path)
			stem, isProblem := strings.CutPrefix(e.Stem(), "problem")
			if e.Dir || !isProblem || !slices.Contains([]string{".tex", ".md", ".pdf"}, ext) {
				continue
			}
			if ext == ".pdf" && a.Problem.Format != problem.F2025 && slices.ContainsFunc(a.Tree.List(dir), func(o *tree.Entry) bool {
				return o != e && o.Stem() == e.Stem()
			}) {
				continue
			}
			language, named := strings.CutPrefix(stem, ".")
			switch {
			case named && language != "" && !strings.Contains(language, "."):
				all = append(all, statement{e, language})
			case stem == "":
				all = append(all, statement{e, "en"})
			}
		}
	}
	return all
}

// statementElsewhere says whether the package has a text for people in a place that other tools know.
func (a *Adviser) statementElsewhere() bool {
	return slices.ContainsFunc(a.Tree.Files("."), func(e *tree.Entry) bool {
		top, _, nested := strings.Cut(e.Path, "/")
		if nested && (tree.Judged(e.Path) || top == tree.InputValidatorsDir || top == "generators") {
			return false
		}
		switch strings.ToLower(path.Ext(e.Path)) {
		case ".tex", ".md", ".pdf", ".html", ".txt", ".ps", ".rst", ".docx", ".odt":
			return !strings.HasPrefix(strings.ToLower(e.Base()), "readme")
		}
		return false
	})
}

// title warns of a statement without a name.
func (a *Adviser) title(s statement, text []byte) {
	m := a.Tree.ReadYAML(tree.MetadataFile, new(issue.Findings))
	if m == nil {
		return
	}
	node := m.Nodes["name"]
	switch {
	case node == nil && a.Problem.Format.IsLegacy():
		if path.Ext(s.file.Path) == ".tex" && !strings.Contains(string(text), `\problemname`) {
			a.Issues.Warn(s.file.Path, 0, "has no name of the problem, and "+tree.MetadataFile+" has none either", `add \problemname{...}`)
		}
	case node != nil && node.Kind == yaml.MappingNode:
		if names := m.Child("name"); !names.Has(s.language) {
			a.Issues.Warn(tree.MetadataFile, m.Lines["name"], fmt.Sprintf("has no name in language %s, in which %s is", s.language, s.file.Path),
				"add it")
		}
	}
}

var (
	texComment = regexp.MustCompile(`(?m)(^|[^\\])%.*$`)
	texImage   = regexp.MustCompile(`\\includegraphics\s*(?:\[[^\]]*\])?\s*\{([^{}\\#]+)\}|\\illustration\s*\{[^{}]*\}\s*\{([^{}\\#]+)\}`)
	mdFence    = regexp.MustCompile("(?ms)^(```|~~~).*?^(```|~~~)|`[^`\n]*`|<!--.*?-->")
	mdImage    = regexp.MustCompile(`!\[[^\]]*\]\(\s*<?([^)\s>]+)|<img\s[^>]*src\s*=\s*["']([^"']+)["']`)
)

// images warns of pictures that a statement shows and the package does not have.
func (a *Adviser) images(s statement, text string) {
	pattern, endings := mdImage, []string{""}
	if path.Ext(s.file.Path) == ".tex" {
		text = texComment.ReplaceAllString(text, "$1")
		pattern, endings = texImage, []string{"", ".pdf", ".png", ".jpg", ".jpeg", ".eps", ".mps", ".svg"}
		if strings.Contains(text, `\graphicspath`) {
			return
		}
	} else {
		text = mdFence.ReplaceAllString(text, "")
	}
	told := make(map[string]bool)
	for _, found := range pattern.FindAllStringSubmatch(text, -1) {
		name := strings.TrimSpace(found[1] + found[2])
		if plain, err := url.PathUnescape(name); err == nil && pattern == mdImage {
			name = plain
		}
		if told[name] || elsewhere(name) || a.hasImage(s, name, endings) {
			continue
		}
		told[name] = true
		a.Issues.Warn(s.file.Path, 0, fmt.Sprintf("shows the image %.80s, which is not there", issue.Printable(name)),
			"put it into "+path.Dir(s.file.Path)+", or correct its name")
	}
}

// elsewhere says whether a name leads out of the package, or is filled in later.
func elsewhere(name string) bool {
	return strings.Contains(name, ":") || strings.Contains(name, "{{") || path.IsAbs(name) || strings.HasPrefix(path.Clean(name), "../")
}

// hasImage looks for an image beside the statement and at the root. It looks on disk, since a name that the formats
// do not allow is not in the tree.
func (a *Adviser) hasImage(s statement, name string, endings []string) bool {
	for _, dir := range []string{path.Dir(s.file.Path), "."} {
		for _, ending := range endings {
			if a.Tree.OnDiskToo(path.Join(dir, name+ending)) {
				return true
			}
		}
	}
	return false
}
