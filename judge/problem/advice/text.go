package advice

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/sandbox"
)

// textFacts is what is seen of an input or an answer while it is read. It is an io.Writer of bounded memory.
type textFacts struct {
	size     int64
	lines    int // line ends so far
	binary   bool
	crLine   int // the first line that ends with CR LF, from 1; 0 for none
	badLine  int // the first that is not UTF-8, from 1; 0 for none
	last     byte
	rest     []byte    // the beginning of a character whose end is still to come
	hash     hash.Hash // nil where nobody compares
	lineText bool      // see judged
}

func (f *textFacts) Write(data []byte) (int, error) {
	if f.hash != nil {
		_, _ = f.hash.Write(data) // a hash never fails
	}
	if len(data) > 0 && !f.binary {
		f.look(data)
	}
	f.size += int64(len(data))
	return len(data), nil
}

func (f *textFacts) look(data []byte) {
	if bytes.IndexByte(data, 0) >= 0 {
		f.binary = true // no text, whatever else is in it
		return
	}
	if f.crLine == 0 {
		switch before, _, ok := bytes.Cut(data, []byte("\r\n")); {
		case f.last == '\r' && data[0] == '\n':
			f.crLine = f.lines + 1
		case ok:
			f.crLine = f.lines + bytes.Count(before, []byte{'\n'}) + 1
		}
	}
	if f.badLine == 0 {
		f.encoding(data)
	}
	f.lines += bytes.Count(data, []byte{'\n'})
	f.last = data[len(data)-1]
}

// encoding looks for what is not UTF-8.
func (f *textFacts) encoding(data []byte) {
	lines := f.lines
	if len(f.rest) > 0 {
		for len(data) > 0 && !utf8.FullRune(f.rest) {
			f.rest, data = append(f.rest, data[0]), data[1:]
		}
		if !utf8.FullRune(f.rest) {
			return
		}
		if r, _ := utf8.DecodeRune(f.rest); r == utf8.RuneError && !bytes.Equal(f.rest, []byte("\uFFFD")) {
			f.badLine = lines + 1
			return
		}
		f.rest = f.rest[:0]
	}
	end := len(data)
	for back := 1; back < utf8.UTFMax && back <= len(data); back++ { // a character may go on in what comes next
		if tail := data[len(data)-back:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				end = len(data) - back
			}
			break
		}
	}
	f.rest = append(f.rest, data[end:]...)
	if data = data[:end]; utf8.Valid(data) {
		return
	}
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if data[0] == '\n' {
			lines++
		}
		data = data[n:]
	}
	f.badLine = lines + 1
}

// Look says what is to see the content of a file of the package: nil unless it is an input or an answer.
func (a *Adviser) Look(e *tree.Entry) io.Writer {
	if a.texts == nil {
		a.prepare()
	}
	if f := a.texts[a.Tree.OnDisk(e.Path)]; f != nil {
		return f
	}
	return nil
}

// prepare makes the facts of all test cases, with a hash for those that may be equal.
func (a *Adviser) prepare() {
	a.texts, a.alike = make(map[string]*textFacts), make(map[string]bool)
	sizes := make(map[string]int)
	for _, t := range a.Problem.Tests {
		a.texts[t.Input], a.texts[t.Answer] = &textFacts{lineText: true}, &textFacts{lineText: t.Comparer != nil}
		sizes[a.sizeKey(t)]++
	}
	for _, t := range a.Problem.Tests {
		if sizes[a.sizeKey(t)] > 1 {
			a.alike[t.Input] = true
			a.texts[t.Input].hash, a.texts[t.Answer].hash = sha256.New(), sha256.New()
		}
	}
}

// sizeKey is the same for inputs of the same size in the same place.
func (a *Adviser) sizeKey(t *problem.Test) string {
	size := int64(-1)
	if e := a.entryOf(t.Input); e != nil {
		size = e.Size
	}
	return fmt.Sprintf("%s %d", a.scope(t), size)
}

// entryOf is the entry of a file on disk.
func (a *Adviser) entryOf(file string) *tree.Entry {
	return a.Tree.Entries[a.name(file)]
}

// name is the path in the package of a file on disk.
func (a *Adviser) name(file string) string { return strings.TrimPrefix(file, a.Tree.Dir+"/") }

// scope is what no input should be twice in: the samples or the secret test cases, and a single group where groups score,
// since they often share test cases.
func (a *Adviser) scope(t *problem.Test) string {
	if a.Problem.Kind.Scoring || !a.hasData() {
		return path.Dir(t.Name)
	}
	scope, _, _ := strings.Cut(t.Name, "/")
	return scope
}

// equalInputs warns of test cases that are there twice.
func (a *Adviser) equalInputs() {
	first := make(map[string]*problem.Test)
	var found *issue.Issue
	more := 0
	for _, t := range a.Problem.Tests {
		if !a.alike[t.Input] {
			continue
		}
		key := fmt.Sprintf("%s %x %q %q %q", a.scope(t), a.texts[t.Input].hash.Sum(nil), t.Args, t.ValidatorArgs, fileKeys(t))
		answer := a.texts[t.Answer].hash.Sum(nil)
		if t.Comparer == nil { // what a validator takes from the answer may make it another test case
			key += fmt.Sprintf(" %x", answer)
		}
		other := first[key]
		switch {
		case other == nil:
			first[key] = t
		case found == nil:
			found = &issue.Issue{File: a.name(t.Input), What: "is equal to " + a.name(other.Input), Remedy: "remove one of the two"}
			if !bytes.Equal(answer, a.texts[other.Answer].hash.Sum(nil)) {
				found.What += ", and their answers are not"
			}
		default:
			more++
		}
	}
	if found == nil {
		return
	}
	switch {
	case more == 1:
		found.What += " (1 more input is equal to another)"
	case more > 1:
		found.What += fmt.Sprintf(" (%d more inputs are equal to others)", more)
	}
	a.Issues.Warn(found.File, 0, found.What, found.Remedy)
}

func fileKeys(t *problem.Test) []string {
	keys := make([]string, len(t.Files))
	for i, f := range t.Files {
		keys[i] = f.Path
	}
	return keys
}

// textKind is one thing that is wrong with inputs and answers.
type textKind struct {
	what, remedy string
	line         func(*textFacts) (line int, wrong bool)
}

func textKinds() []textKind {
	return []textKind{
		{"line ends with CR LF", "write LF alone", func(f *textFacts) (int, bool) { return f.crLine, f.crLine > 0 }},
		{"is no UTF-8", "convert it", func(f *textFacts) (int, bool) {
			if f.badLine == 0 && len(f.rest) > 0 {
				return f.lines + 1, true
			}
			return f.badLine, f.badLine > 0
		}},
		{"last line does not end with a newline", "add it", func(f *textFacts) (int, bool) {
			return f.lines + 1, f.lineText && f.size > 0 && f.last != '\n'
		}},
	}
}

// contents warns of inputs and answers that are no plain text, once for each kind of mistake.
func (a *Adviser) contents() {
	names := make([]string, 0, len(a.texts))
	for file := range a.texts {
		names = append(names, file)
	}
	slices.Sort(names)
	for _, kind := range textKinds() {
		var at issue.Issue
		count := 0
		for _, name := range names {
			f := a.texts[name]
			line, wrong := kind.line(f)
			if !wrong || f.binary {
				continue
			}
			if count++; count == 1 {
				at = issue.Issue{File: a.name(name), Line: line}
			}
		}
		if count > 0 {
			a.Issues.Warn(at.File, at.Line, kind.what+andMore(count-1), kind.remedy)
		}
	}
	a.largeAnswers()
}

// andMore counts the other files of which the same is to be said.
func andMore(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (in 1 more file as well)"
	}
	return fmt.Sprintf(" (in %d more files as well)", n)
}

// largeAnswers warns of answers that leave a submission little room to write the same in another way. Where a validator
// judges, the answer may be anything.
func (a *Adviser) largeAnswers() {
	limit := int64(a.Problem.Limits.Output)
	var most *problem.Test
	count := 0
	for _, t := range a.Problem.Tests {
		if t.Comparer == nil || 2*a.texts[t.Answer].size <= limit {
			continue
		}
		if count++; most == nil || a.texts[t.Answer].size > a.texts[most.Answer].size {
			most = t
		}
	}
	if most != nil {
		a.Issues.Warn(a.name(most.Answer), 0, fmt.Sprintf("has %d bytes, more than half of the output limit of %d%s",
			a.texts[most.Answer].size, limit, andMore(count-1)), fmt.Sprintf("raise the output limit, now %d MiB", limit/int64(sandbox.MiB)))
	}
}
