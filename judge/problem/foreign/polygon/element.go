package polygon

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// element is an element of problem.xml.
type element struct {
	name     string
	line     int
	attrs    map[string]string
	text     []byte
	children []*element
}

// Bounds on problem.xml beside its size.
const maxDepth = 32

// parse reads the document. Entities other than those of XML itself, other encodings than UTF-8 and broken XML are errors;
// what a DOCTYPE declares or points to is never read.
func parse(text []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("it is not UTF-8") }
	root := new(element)
	open := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		above := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > maxDepth {
				line, _ := decoder.InputPos()
				return nil, fmt.Errorf("line %d: more than %d elements in each other", line, maxDepth)
			}
			e := &element{name: token.Name.Local, attrs: make(map[string]string)}
			e.line, _ = decoder.InputPos()
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			above.children = append(above.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			above.text = append(above.text, token...)
		}
	}
	if len(root.children) != 1 || root.children[0].name != "problem" {
		return nil, errors.New("the top element is not <problem>")
	}
	return root.children[0], nil
}

// child is the first element of a name below e; nil where there is none, or no e.
func (e *element) child(name string) *element {
	if all := e.all(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// all are the elements of a name directly below e.
func (e *element) all(name string) []*element {
	if e == nil {
		return nil
	}
	var all []*element
	for _, c := range e.children {
		if c.name == name {
			all = append(all, c)
		}
	}
	return all
}

// attr is the value of an attribute; "" where there is none, or no e.
func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.attrs[name])
}

// at is the line of the element, 0 where there is none.
func (e *element) at() int {
	if e == nil {
		return 0
	}
	return e.line
}

// known warns of the elements and attributes of e that nobody here knows.
func (e *element) known(report foreign.Report, attrs, children string) {
	if e == nil {
		return
	}
	known := make(map[string]bool)
	for name := range strings.FieldsSeq(attrs) {
		known["the attribute "+name] = true
	}
	for name := range strings.FieldsSeq(children) {
		known["the element <"+name+">"] = true
	}
	told := 0
	tell := func(what string) {
		if !known[what] && told < maxStrange {
			known[what] = true
			told++
			report.Warn(File, e.line, fmt.Sprintf("<%s> has %.80s, which is not known, and ignored", e.name, what), "")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.attrs)) {
		tell("the attribute " + name)
	}
	for _, c := range e.children {
		tell("the element <" + c.name + ">")
	}
}

// maxStrange bounds what is told of one element.
const maxStrange = 10

// number reads the text of an element, or of an attribute, as a number that is zero or more.
func number(report foreign.Report, line int, what, text string) (float64, bool) {
	text = strings.TrimSpace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		report.Reject(File, line, fmt.Sprintf("%s is %.60q, and must be a number", what, text), "")
		return 0, false
	}
	return v, true
}
