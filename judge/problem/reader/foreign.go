package reader

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/foreign"
	"github.com/gaveloj/gavel/judge/problem/foreign/cms"
	"github.com/gaveloj/gavel/judge/problem/foreign/librarychecker"
	"github.com/gaveloj/gavel/judge/problem/foreign/polygon"
	"github.com/gaveloj/gavel/judge/problem/foreign/sinol"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// layout is a layout of packages of another system.
type layout struct {
	format problem.Format
	mark   string // the file at the top that describes the package
	// beside are directories of which one has to be there too, where the mark is a name that others use; none for any.
	beside []string
	read   func(foreign.Files, foreign.Report) foreign.Settings
}

// layouts lists them all.
func layouts() []layout {
	return []layout{
		{format: problem.Polygon, mark: polygon.File, read: polygon.Read},
		{format: problem.CMS, mark: cms.File, read: cms.Read},
		{format: problem.LibraryChecker, mark: librarychecker.File, read: librarychecker.Read},
		{format: problem.Sinol, mark: sinol.File, beside: sinol.Beside, read: sinol.Read},
	}
}

// layoutsOf lists the layouts by whose files a directory is one of their packages.
func layoutsOf(has func(name string) bool) []layout {
	var found []layout
	for _, l := range layouts() {
		if has(l.mark) && (l.beside == nil || slices.ContainsFunc(l.beside, has)) {
			found = append(found, l)
		}
	}
	return found
}

// layout finds the layout of a package that has no file of the other formats; nil where it has none. Of several, the first
// is returned: assembleForeign refuses the package.
func (t *source) layout() *layout {
	if found := t.layoutsHere(); len(found) > 0 {
		return &found[0]
	}
	return nil
}

// describedBy is the file that describes a package which has no file of the other formats.
func (t *source) describedBy(p *problem.Problem) string {
	if l := t.layout(); l != nil && p.Format != problem.Testlib {
		return l.mark
	}
	return tree.SettingsFile
}

func (t *source) layoutsHere() []layout {
	return layoutsOf(func(name string) bool { return t.Entries[name] != nil })
}

// assembleForeign builds the problem of a package in a layout of another system, by the gavel.yaml that it comes to.
func assembleForeign(t *source, name string, issues *issue.Findings) *problem.Problem {
	found := t.layoutsHere()
	l := found[0]
	if len(found) > 1 {
		var marks []string
		for _, l := range found {
			marks = append(marks, l.mark)
		}
		issues.Reject("", 0, "has files of several systems: "+strings.Join(marks, ", "), "remove those that are not meant, or write a "+tree.SettingsFile)
		return &problem.Problem{}
	}
	before := issues.Rejected
	said := l.read(layoutFiles{t}, layoutReport{issues})
	if issues.Rejected > before {
		return &problem.Problem{}
	}
	node, err := said.Node()
	if err != nil {
		issues.Reject(l.mark, 0, err.Error(), "")
		return &problem.Problem{}
	}
	p := assembleTestlib(t, name, settingsOf(yamlmap.New(l.mark, "", node, issues)), issues)
	p.Format = l.format
	if p.Limits.TimeSource == problem.TimeSettings {
		p.Limits.TimeSource = problem.TimeSource(l.mark)
	}
	return p
}

// layoutFiles shows a package to the readers of other layouts.
type layoutFiles struct{ tree *source }

// File implements foreign.Files.
func (f layoutFiles) File(name string) bool { return f.tree.File(name) != nil }

// List implements foreign.Files.
func (f layoutFiles) List(dir string) []string {
	var names []string
	for _, e := range f.tree.List(dir) {
		if !e.Dir {
			names = append(names, e.Base())
		}
	}
	return names
}

// Read implements foreign.Files.
func (f layoutFiles) Read(name string) ([]byte, error) {
	if f.tree.File(name) == nil {
		return nil, fmt.Errorf("there is no file %s", name)
	}
	return f.tree.ReadText(name)
}

// layoutReport takes what those readers say.
type layoutReport struct{ issues *issue.Findings }

// Reject implements foreign.Report.
func (r layoutReport) Reject(file string, line int, what, remedy string) {
	r.issues.Reject(file, line, what, remedy)
}

// Warn implements foreign.Report.
func (r layoutReport) Warn(file string, line int, what, remedy string) {
	r.issues.Warn(file, line, what, remedy)
}
