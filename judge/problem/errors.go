package problem

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
		b.WriteString(printable(i.File))
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

// printable quotes a name that would garble a terminal or a log.
func printable(name string) string {
	if quoted := fmt.Sprintf("%+q", name); quoted[1:len(quoted)-1] != name {
		return quoted
	}
	return name
}

// maxShown bounds the issues that are put into the text of an error; InvalidError.Issues has them all.
const maxShown = 100

// InvalidError is a package that breaks the rules. It lists everything that was found.
type InvalidError struct {
	Package string // path as given to Load
	Issues  []Issue
	// Warnings are what Problem.Warnings would have told; with Options.Verify alone.
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

// place is a line of a file of the package; the zero value is none.
type place struct {
	file string
	line int
}

// Bounds on reading a package, so that the time that it takes is linear in its size. They are far above real packages.
const (
	maxFindings = 10_000    // issues, and warnings, that are kept
	maxSteps    = 5_000_000 // values of yaml files, and comparisons of many things with many others, such as patterns with names
)

// findings collects what is said about a package while it is read.
type findings struct {
	issues   []Issue
	warnings []Issue
	rejected int // issues, with those that were not kept
	parts    int // how many of these concern nothing but the test case or submission that they name
	steps    int // see spend
}

// reject notes something that makes the package unusable.
func (f *findings) reject(file string, line int, what, remedy string) {
	f.rejected++
	f.issues = note(f.issues, Issue{File: file, Line: line, What: what, Remedy: remedy})
}

// rejectPart notes something that makes a test case or a submission unusable, and no other.
func (f *findings) rejectPart(file string, line int, what, remedy string) {
	f.parts++
	f.reject(file, line, what, remedy)
}

// warn notes something that was ignored or tolerated.
func (f *findings) warn(file string, line int, what, remedy string) {
	f.warnings = note(f.warnings, Issue{File: file, Line: line, What: what, Remedy: remedy})
}

// note adds an issue to a list, unless that has enough.
func note(list []Issue, i Issue) []Issue {
	switch {
	case len(list) < maxFindings:
		return append(list, i)
	case len(list) == maxFindings:
		return append(list, Issue{What: fmt.Sprintf("more than %d are not told", maxFindings)})
	}
	return list
}

// full says whether no more issues are kept.
func (f *findings) full() bool { return len(f.issues) > maxFindings }

// spend takes some steps of those that reading the package may take, and reports whether there are so many left. When
// they are used up, it says so at the place that asked for them.
func (f *findings) spend(steps int, at place) bool {
	before := f.steps
	f.steps = min(before+steps, maxSteps+1)
	if before <= maxSteps && f.steps > maxSteps {
		f.rejected++
		f.issues = slices.Insert(f.issues, 0, Issue{ // first, so that it is shown
			File: at.file, Line: at.line, Remedy: "write fewer, or shorter ones",
			What: fmt.Sprintf("asks for more than %d steps: values to read, or patterns to compare with names", maxSteps),
		})
	}
	return f.steps <= maxSteps
}

// spent says whether no steps are left.
func (f *findings) spent() bool { return f.steps > maxSteps }

// add takes over what others found.
func (f *findings) add(others *findings) {
	for _, i := range others.issues {
		f.reject(i.File, i.Line, i.What, i.Remedy)
	}
	for _, i := range others.warnings {
		f.warn(i.File, i.Line, i.What, i.Remedy)
	}
}

// tolerate takes all that others found for warnings.
func (f *findings) tolerate(others *findings) {
	for _, list := range [][]Issue{others.warnings, others.issues} {
		for _, i := range list {
			f.warn(i.File, i.Line, i.What, i.Remedy)
		}
	}
}

// err is nil when the package can be judged.
func (f *findings) err(pkg string) error {
	if e := f.invalid(pkg); e != nil {
		return e
	}
	return nil
}

// invalid is err by its type.
func (f *findings) invalid(pkg string) *InvalidError {
	if len(f.issues) == 0 {
		return nil
	}
	return &InvalidError{Package: pkg, Issues: f.issues}
}
