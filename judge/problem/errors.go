package problem

import (
	"fmt"
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

// findings collects what is said about a package while it is read.
type findings struct {
	issues   []Issue
	warnings []Issue
}

// reject notes something that makes the package unusable.
func (f *findings) reject(file string, line int, what, remedy string) {
	f.issues = append(f.issues, Issue{File: file, Line: line, What: what, Remedy: remedy})
}

// warn notes something that was ignored or tolerated.
func (f *findings) warn(file string, line int, what, remedy string) {
	f.warnings = append(f.warnings, Issue{File: file, Line: line, What: what, Remedy: remedy})
}

// err is nil when the package can be judged.
func (f *findings) err(pkg string) error {
	if len(f.issues) == 0 {
		return nil
	}
	return &InvalidError{Package: pkg, Issues: f.issues}
}
