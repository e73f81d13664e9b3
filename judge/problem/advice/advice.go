package advice

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Adviser warns of what no verdict depends on, which the formats allow, and which is mostly a mistake all the same. It
// says nothing of what a format has authors do.
type Adviser struct {
	Tree    *tree.Tree       // of the package
	Problem *problem.Problem // as far as it could be read
	Issues  *issue.Findings  // takes the warnings
	// DescribedBy is the file that describes a package without problem.yaml.
	DescribedBy string

	texts map[string]*textFacts // of inputs and answers, by path on disk; nil until Look is called
	alike map[string]bool       // the inputs, with their answers, that have the size of another one; by path on disk
}

// Advise says all, once Look has seen the files.
func (a *Adviser) Advise() {
	a.Files()
	a.data()
	a.examples()
}

// Files warns of what can be seen without the rest of the package.
func (a *Adviser) Files() {
	for _, e := range a.Tree.List("attachments") {
		if e.Dir {
			a.Issues.Warn(e.Path, 0, "is a directory, and attachments are files", "move its files up, or pack them into an archive")
		}
	}
	if a.described() {
		a.metadata()
		a.statements()
	}
}

// described says whether the package is of a format that asks for a statement and for who wrote it.
func (a *Adviser) described() bool {
	return a.Tree.File(tree.MetadataFile) != nil && a.Tree.File(tree.DOMjudgeFile) == nil
}

// metadata looks at what problem.yaml says to people.
func (a *Adviser) metadata() {
	m := a.Tree.ReadYAML(tree.MetadataFile, new(issue.Findings)) // read before, so that it is well-formed or said not to be
	format, ok := problem.Legacy, false
	if m != nil {
		format, ok = problem.ReadFormat(m)
	}
	if !ok || format == problem.LegacyICPC { // which asks for none of them
		return
	}
	var missing []string
	license, given := m.Text("license")
	known := []string{"unknown", "public domain", "cc0", "cc by", "cc by-sa", "educational", "permission"}
	switch license = strings.ToLower(license); {
	case !given, license == "", license == "unknown":
		missing = append(missing, "license")
	case !slices.Contains(known, license):
		a.Issues.Warn(tree.MetadataFile, m.Lines["license"], fmt.Sprintf("license %.40q is not known", license), "use "+strings.Join(known[1:], ", "))
	}
	if !m.Has("uuid") && format != problem.F2025 { // there it is said already
		missing = append(missing, "uuid")
	}
	if license != "public domain" && !slices.ContainsFunc([]string{"author", "authors", "credits", "source", "rights_owner"}, m.Has) {
		missing = append(missing, "credits")
		if format == problem.Legacy {
			missing[len(missing)-1] = "author"
		}
	}
	if len(missing) > 0 {
		a.Issues.Warn(tree.MetadataFile, 0, "has no "+strings.Join(missing, ", no "), "add what is missing, for who uses the package later")
	}
}

// examples looks at the example submissions.
func (a *Adviser) examples() {
	p := a.Problem
	accepted := func(s problem.Submission) bool {
		return slices.Contains(s.Expected.Codes(), verdict.Accepted) || s.Model
	}
	if len(p.Tests) > 0 && !slices.ContainsFunc(p.Examples, accepted) {
		a.Issues.Warn(tree.SubmissionsDir, 0, "there is no submission that must be accepted", "add one, which shows that the test cases can be solved")
	}
}

// data looks at the test cases.
func (a *Adviser) data() {
	if a.hasData() && !slices.ContainsFunc(a.Problem.Tests, func(t *problem.Test) bool { return t.Sample }) &&
		len(a.Tree.Files(tree.SampleDir)) == 0 { // a sample may be an interaction, or for the statement alone
		a.Issues.Warn(tree.SampleDir, 0, "there are no samples", "add one for people to see how input and output look")
	}
	a.contents()
	a.equalInputs()
	a.order(a.Problem.Groups)
}

// order warns of a group whose test cases are judged in another order than people count.
func (a *Adviser) order(g *problem.Group) {
	told := false
	for i, c := range g.Children {
		if c.Group != nil {
			a.order(c.Group)
		}
		if i == 0 || told {
			continue
		}
		before, after := childName(g.Children[i-1]), childName(c)
		if told = before < after && naturalLess(after, before); told {
			a.Issues.Warn(a.where(g), 0, fmt.Sprintf("%s is judged before %s, because the order is that of bytes", issue.Printable(before), issue.Printable(after)),
				"write numbers with as many digits each")
		}
	}
}

// where is the directory of a group; of a package that has its test cases elsewhere, the file that describes it.
func (a *Adviser) where(g *problem.Group) string {
	if a.hasData() {
		return path.Join("data", g.Name)
	}
	return a.DescribedBy
}

// hasData says whether the package is of a format that has its test cases below data.
func (a *Adviser) hasData() bool {
	return a.Tree.File(tree.MetadataFile) != nil || a.Tree.File(tree.DOMjudgeFile) != nil
}

func childName(c problem.Child) string {
	if c.Test != nil {
		return path.Base(c.Test.Name)
	}
	return path.Base(c.Group.Name)
}

// naturalLess compares names as people do: numbers in them by their value.
func naturalLess(a, b string) bool {
	for a != "" && b != "" {
		x, y := leadingDigits(a), leadingDigits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return a[0] < b[0]
			}
			a, b = a[1:], b[1:]
			continue
		}
		a, b = a[len(x):], b[len(y):]
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if len(x) != len(y) {
			return len(x) < len(y)
		}
		if x != y {
			return x < y
		}
	}
	return a == "" && b != ""
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
