package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
)

// adviser warns of what no verdict depends on, which the formats allow, and which is mostly a mistake all the same. It
// says nothing of what a format has authors do.
type adviser struct {
	tree    *tree
	problem *Problem
	issues  *findings
	// describedBy is the file that describes a package without problem.yaml.
	describedBy string

	texts map[string]*textFacts // of inputs and answers, by path on disk; nil until look is called
	alike map[string]bool       // the inputs, with their answers, that have the size of another one; by path on disk
}

// advise says all, once look has seen the files.
func (a *adviser) advise() {
	a.files()
	a.data()
	a.examples()
}

// files warns of what can be seen without the rest of the package.
func (a *adviser) files() {
	for _, e := range a.tree.list("attachments") {
		if e.dir {
			a.issues.warn(e.path, 0, "is a directory, and attachments are files", "move its files up, or pack them into an archive")
		}
	}
	if a.described() {
		a.metadata()
		a.statements()
	}
}

// described says whether the package is of a format that asks for a statement and for who wrote it.
func (a *adviser) described() bool {
	return a.tree.file(metadataFile) != nil && a.tree.file(domjudgeFile) == nil
}

// metadata looks at what problem.yaml says to people.
func (a *adviser) metadata() {
	m := a.tree.readYAML(metadataFile, new(findings)) // read before, so that it is well-formed or said not to be
	format, ok := Legacy, false
	if m != nil {
		format, ok = readFormat(m)
	}
	if !ok || format == LegacyICPC { // which asks for none of them
		return
	}
	var missing []string
	license, given := m.text("license")
	known := []string{"unknown", "public domain", "cc0", "cc by", "cc by-sa", "educational", "permission"}
	switch license = strings.ToLower(license); {
	case !given, license == "", license == "unknown":
		missing = append(missing, "license")
	case !slices.Contains(known, license):
		a.issues.warn(metadataFile, m.lines["license"], fmt.Sprintf("license %.40q is not known", license), "use "+strings.Join(known[1:], ", "))
	}
	if !m.has("uuid") && format != F2025 { // there it is said already
		missing = append(missing, "uuid")
	}
	if license != "public domain" && !slices.ContainsFunc([]string{"author", "authors", "credits", "source", "rights_owner"}, m.has) {
		missing = append(missing, "credits")
		if format == Legacy {
			missing[len(missing)-1] = "author"
		}
	}
	if len(missing) > 0 {
		a.issues.warn(metadataFile, 0, "has no "+strings.Join(missing, ", no "), "add what is missing, for who uses the package later")
	}
}

// examples looks at the example submissions.
func (a *adviser) examples() {
	p := a.problem
	accepted := func(s Submission) bool { return slices.Contains(s.Expected.Codes(), verdict.Accepted) || s.Model }
	if len(p.Tests) > 0 && !slices.ContainsFunc(p.Examples, accepted) {
		a.issues.warn(submissionsDir, 0, "there is no submission that must be accepted", "add one, which shows that the test cases can be solved")
	}
}

// data looks at the test cases.
func (a *adviser) data() {
	if a.hasData() && !slices.ContainsFunc(a.problem.Tests, func(t *Test) bool { return t.Sample }) &&
		len(a.tree.files(sampleDir)) == 0 { // a sample may be an interaction, or for the statement alone
		a.issues.warn(sampleDir, 0, "there are no samples", "add one for people to see how input and output look")
	}
	a.contents()
	a.equalInputs()
	a.order(a.problem.Groups)
}

// order warns of a group whose test cases are judged in another order than people count.
func (a *adviser) order(g *Group) {
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
			a.issues.warn(a.where(g), 0, fmt.Sprintf("%s is judged before %s, because the order is that of bytes", printable(before), printable(after)),
				"write numbers with as many digits each")
		}
	}
}

// where is the directory of a group; of a package that has its test cases elsewhere, the file that describes it.
func (a *adviser) where(g *Group) string {
	if a.hasData() {
		return path.Join("data", g.Name)
	}
	return a.describedBy
}

// hasData says whether the package is of a format that has its test cases below data.
func (a *adviser) hasData() bool {
	return a.tree.file(metadataFile) != nil || a.tree.file(domjudgeFile) != nil
}

func childName(c Child) string {
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
