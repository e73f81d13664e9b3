package issue

import (
	"fmt"
	"slices"
	"strings"
)

// Issue is one thing that is wrong with a package, or that was ignored in it.
type Issue struct {
	File   string // slash-separated path in the package; "" is the package itself
	Line   int    // from 1; 0 when no line is meant
	What   string // what is wrong
	Remedy string // what to do about it; may be empty
}

func (i Issue) String() string {
	var b strings.Builder
	if i.File != "" {
		b.WriteString(Printable(i.File))
		if i.Line > 0 {
			fmt.Fprintf(&b, ":%d", i.Line)
		}
		b.WriteString(": ")
	}
	b.WriteString(i.What)
	if i.Remedy != "" {
		b.WriteString("; " + i.Remedy)
	}
	return b.String()
}

// Printable quotes a name that would garble a terminal or a log.
func Printable(name string) string {
	if quoted := fmt.Sprintf("%+q", name); quoted[1:len(quoted)-1] != name {
		return quoted
	}
	return name
}

// maxShown bounds the issues that are put into the text of an error; InvalidError.Issues has them all.
const maxShown = 100

// InvalidError is a package that breaks the rules. It lists everything that was found.
type InvalidError struct {
	Package string // path as given to reader.Load
	Issues  []Issue
	// Warnings are what Problem.Warnings would have told; with reader.Options.Verify alone.
	Warnings []Issue
}

func (e *InvalidError) Error() string {
	if len(e.Issues) == 1 {
		return fmt.Sprintf("problem package %s: %v", e.Package, e.Issues[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "problem package %s has %d problems:", e.Package, len(e.Issues))
	shown := e.Issues[:min(len(e.Issues), maxShown)]
	for _, i := range shown {
		b.WriteString("\n  " + i.String())
	}
	if rest := len(e.Issues) - len(shown); rest > 0 {
		fmt.Fprintf(&b, "\n  and %d more", rest)
	}
	return b.String()
}

// Place is a line of a file of the package; the zero value is none.
type Place struct {
	File string
	Line int
}

// Bounds on reading a package, so that the time that it takes is linear in its size. They are far above real packages.
const (
	MaxFindings = 10_000    // issues, and warnings, that are kept
	MaxSteps    = 5_000_000 // values of yaml files, and comparisons of many things with many others, such as patterns with names
)

// Findings collects what is said about a package while it is read.
type Findings struct {
	Issues   []Issue // what makes the package, or a part of it, unusable
	Warnings []Issue // what was ignored or tolerated
	Rejected int     // issues, with those that were not kept
	Parts    int     // how many of these concern nothing but the test case or submission that they name
	Steps    int     // see Spend
}

// Reject notes something that makes the package unusable.
func (f *Findings) Reject(file string, line int, what, remedy string) {
	f.Rejected++
	f.Issues = note(f.Issues, Issue{File: file, Line: line, What: what, Remedy: remedy})
}

// RejectPart notes something that makes a test case or a submission unusable, and no other.
func (f *Findings) RejectPart(file string, line int, what, remedy string) {
	f.Parts++
	f.Reject(file, line, what, remedy)
}

// Warn notes something that was ignored or tolerated.
func (f *Findings) Warn(file string, line int, what, remedy string) {
	f.Warnings = note(f.Warnings, Issue{File: file, Line: line, What: what, Remedy: remedy})
}

// note adds an issue to a list, unless that has enough.
func note(list []Issue, i Issue) []Issue {
	switch {
	case len(list) < MaxFindings:
		return append(list, i)
	case len(list) == MaxFindings:
		return append(list, Issue{What: fmt.Sprintf("more than %d are not told", MaxFindings)})
	}
	return list
}

// Full says whether no more issues are kept.
func (f *Findings) Full() bool { return len(f.Issues) > MaxFindings }

// Spend takes some steps of those that reading the package may take, and reports whether there are so many left. When
// they are used up, it says so at the place that asked for them.
func (f *Findings) Spend(steps int, at Place) bool {
	before := f.Steps
	f.Steps = min(before+steps, MaxSteps+1)
	if before <= MaxSteps && f.Steps > MaxSteps {
		f.Rejected++
		f.Issues = slices.Insert(f.Issues, 0, Issue{ // first, so that it is shown
			File: at.File, Line: at.Line, Remedy: "write fewer, or shorter ones",
			What: fmt.Sprintf("asks for more than %d steps: values to read, or patterns to compare with names", MaxSteps),
		})
	}
	return f.Steps <= MaxSteps
}

// Spent says whether no steps are left.
func (f *Findings) Spent() bool { return f.Steps > MaxSteps }

// Add takes over what others found.
func (f *Findings) Add(others *Findings) {
	for _, i := range others.Issues {
		f.Reject(i.File, i.Line, i.What, i.Remedy)
	}
	for _, i := range others.Warnings {
		f.Warn(i.File, i.Line, i.What, i.Remedy)
	}
}

// Tolerate takes all that others found for warnings.
func (f *Findings) Tolerate(others *Findings) {
	for _, list := range [][]Issue{others.Warnings, others.Issues} {
		for _, i := range list {
			f.Warn(i.File, i.Line, i.What, i.Remedy)
		}
	}
}

// Err is nil when the package can be judged.
func (f *Findings) Err(pkg string) error {
	if e := f.Invalid(pkg); e != nil {
		return e
	}
	return nil
}

// Invalid is err by its type.
func (f *Findings) Invalid(pkg string) *InvalidError {
	if len(f.Issues) == 0 {
		return nil
	}
	return &InvalidError{Package: pkg, Issues: f.Issues}
}
