package polygon

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// test is one test of the test set that is judged.
type test struct {
	name   string
	line   int
	sample bool
	group  string
	points float64
}

// number of a test in the pattern of its path.
var verb = regexp.MustCompile(`%(0?[1-9]?)d`)

// tests reads the tests and their groups.
func (r *reader) tests(set *element) {
	input, answer := r.pattern(set, "input-path-pattern"), r.pattern(set, "answer-path-pattern")
	count := r.count(set)
	if input == "" || answer == "" || count == 0 {
		return
	}
	width := verb.FindString(input)
	if other := verb.FindString(answer); other != width {
		r.reject(set.line, fmt.Sprintf("the patterns of inputs and answers number tests in two ways, %s and %s", width, other), "use one")
		return
	}
	r.settings.Tests = foreign.Tests{Input: strings.Replace(input, width, "*", 1), Answer: strings.Replace(answer, width, "*", 1)}
	elements := set.child("tests").all("test")
	if len(elements) != count {
		r.report.Warn(File, set.line, fmt.Sprintf("<test-count> is %d, and <tests> has %d", count, len(elements)), "")
	}
	tests := make([]test, count)
	missing, first := 0, ""
	for i := range tests {
		t := &tests[i]
		t.name = fmt.Sprintf(width, i+1)
		if i < len(elements) {
			t.read(r, elements[i])
		}
		r.settings.Tests.Names = append(r.settings.Tests.Names, t.name)
		for _, pattern := range []string{input, answer} {
			if name := strings.Replace(pattern, width, t.name, 1); !r.files.File(name) {
				if missing++; missing == 1 {
					first = name
				}
			}
		}
	}
	if missing > 0 {
		r.reject(set.line, fmt.Sprintf("%d of the %d files of its %d tests are not there, the first is %s", missing, 2*count, count, first),
			"download the full package (windows or linux), in which tests are made, or run doall.sh in the package")
		return
	}
	newGrouping(r, set, tests).apply()
}

// read reads what an element says of a test.
func (t *test) read(r *reader, e *element) {
	t.line, t.sample, t.group = e.line, e.attr("sample") == "true", e.attr("group")
	if points := e.attr("points"); points != "" {
		t.points, _ = number(r.report, e.line, "points", points)
	}
}

// pattern reads the pattern of paths of tests; "" where it is of no use, which is reported.
func (r *reader) pattern(set *element, name string) string {
	e := set.child(name)
	if e == nil {
		r.reject(set.line, "has no <"+name+">", "download the package again")
		return ""
	}
	text := strings.TrimSpace(string(e.text))
	clean, ok := foreign.Local(text)
	if !ok || strings.Contains(text, "*") || len(verb.FindAllString(text, 2)) != 1 || strings.Count(text, "%") != 1 {
		r.reject(e.line, fmt.Sprintf("<%s> is %.80q, and must be a path in the package with one number, such as tests/%%02d", name, text), "")
		return ""
	}
	return clean
}

// count is how many tests there are; 0 where that is of no use, which is reported.
func (r *reader) count(set *element) int {
	e := set.child("test-count")
	if e == nil {
		return len(set.child("tests").all("test"))
	}
	v, ok := number(r.report, e.line, "<test-count>", string(e.text))
	switch {
	case !ok:
		return 0
	case v < 1 || v > foreign.MaxTests || v != float64(int(v)):
		r.reject(e.line, fmt.Sprintf("<test-count> is %v, and 1 to %d tests are possible", v, foreign.MaxTests), "")
		return 0
	}
	return int(v)
}
