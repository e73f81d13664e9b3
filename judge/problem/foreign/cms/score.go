package cms

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// The score types of CMS. The last two put scores together in ways that gavel.yaml does not have.
const (
	sum       = "Sum"
	groupMin  = "GroupMin"
	groupMul  = "GroupMul"
	threshold = "GroupThreshold"
)

// genFile says, beside what makes the tests, where subtasks begin.
const genFile = "gen/GEN"

// subtask is a subtask: so many points for so many tests after those of the one before, or for those that a pattern matches.
type subtask struct {
	points  float64
	count   int
	pattern *regexp.Regexp // nil for count tests
	line    int
	file    string
}

// score reads how points are given.
func (r *reader) score() {
	kind, given := r.task.Text("score_type")
	parameters := r.task.List("score_type_parameters")
	total := 100.0
	if v, ok := r.task.Positive("total_value"); ok {
		total = v
	}
	subtasks, sound := r.readGEN()
	switch {
	case !sound:
	case !given && len(subtasks) > 0:
		r.groups(subtasks)
	case !given:
		r.settings.Points = total
	case kind == sum:
		r.settings.Points = r.sumPoints(parameters, total)
	case kind == groupMin:
		if subtasks, ok := r.subtasks(parameters); ok {
			r.groups(subtasks)
		}
	case kind == groupMul && !r.hasChecker():
		if subtasks, ok := r.subtasks(parameters); ok { // scores of tests are 0 or 1, whose product is the least
			r.groups(subtasks)
		}
	case kind == groupMul:
		r.task.Reject("score_type", "is GroupMul, and with a checker the scores of tests are multiplied, which Gavel does not do", "use GroupMin if that gives what is meant")
	case kind == threshold:
		r.task.Reject("score_type", "is GroupThreshold, which Gavel does not have", "use GroupMin with a checker that compares with the threshold")
	default:
		r.task.Reject("score_type", fmt.Sprintf("is %.40q, and Sum, GroupMin and GroupMul are known", kind), "")
	}
}

// hasChecker reports whether there is a checker, compiled or not.
func (r *reader) hasChecker() bool {
	for i, dir := range checkerDirs {
		for _, name := range r.files.List(dir) {
			if stem(name) == []string{"checker", "correttore"}[i] {
				return true
			}
		}
	}
	return false
}

// sumPoints is the total of a score of the type Sum, whose parameter is the points of one test.
func (r *reader) sumPoints(parameters []foreign.Value, total float64) float64 {
	if len(parameters) != 1 || !parameters[0].IsText() {
		return total
	}
	each, err := strconv.ParseFloat(parameters[0].Text, 64)
	if err != nil || !(each >= 0) || math.IsInf(each, 0) {
		r.task.Reject("score_type_parameters", fmt.Sprintf("is %.40q, and must be the points of one test", parameters[0].Text), "")
		return total
	}
	return each * float64(r.tests)
}

// subtasks reads [[points, count], ...] or [[points, "pattern"], ...].
func (r *reader) subtasks(parameters []foreign.Value) ([]subtask, bool) {
	all := []subtask{}
	for _, p := range parameters {
		if len(p.List) < 2 || !p.List[0].IsText() || !p.List[1].IsText() {
			r.task.Reject("score_type_parameters", "must be a list of [points, number of tests]", "")
			return nil, false
		}
		s := subtask{line: p.Line, file: File}
		var err error
		if s.points, err = strconv.ParseFloat(p.List[0].Text, 64); err != nil || !(s.points >= 0) || math.IsInf(s.points, 0) {
			r.task.Reject("score_type_parameters", fmt.Sprintf("has the points %.40q", p.List[0].Text), "")
			return nil, false
		}
		if s.count, err = strconv.Atoi(p.List[1].Text); err != nil || p.List[1].IsString {
			s.count = 0
			if s.pattern, err = regexp.Compile("^(?:" + p.List[1].Text + ")"); err != nil || len(p.List[1].Text) > maxPattern {
				r.task.Reject("score_type_parameters", fmt.Sprintf("has the pattern %.60q, which cannot be read", p.List[1].Text), "")
				return nil, false
			}
		}
		all = append(all, s)
	}
	return all, true
}

// maxPattern bounds a pattern of tests, in bytes, so that the time that it takes is bounded.
const maxPattern = 200

// readGEN reads the subtasks of gen/GEN, and reports whether it is sound. A line is the call of a generator, which makes a
// test, and "# ST: points" begins a subtask; "# COPY: file" makes a test too.
func (r *reader) readGEN() ([]subtask, bool) {
	if !r.files.File(genFile) {
		return nil, true
	}
	text, err := r.files.Read(genFile)
	if err != nil {
		r.report.Reject(genFile, 0, "cannot be read: "+err.Error(), "")
		return nil, false
	}
	var all []subtask
	before := 0
	for i, line := range strings.Split(string(text), "\n") {
		call, comment, _ := strings.Cut(line, "#")
		comment = strings.TrimSpace(comment)
		points, begins := strings.CutPrefix(comment, "ST:")
		isTest := strings.TrimSpace(call) != "" || strings.HasPrefix(comment, "COPY:")
		switch {
		case begins && isTest:
			r.report.Reject(genFile, i+1, "makes a test and begins a subtask on one line", "write them on two")
			return nil, false
		case begins:
			v, err := strconv.ParseFloat(strings.TrimSpace(points), 64)
			if err != nil || !(v >= 0) || math.IsInf(v, 0) {
				r.report.Reject(genFile, i+1, fmt.Sprintf("begins a subtask of %.40q points", strings.TrimSpace(points)), "write such as \"# ST: 20\"")
				return nil, false
			}
			all = append(all, subtask{points: v, line: i + 1, file: genFile})
		case isTest && len(all) == 0:
			before++
		case isTest:
			all[len(all)-1].count++
		}
	}
	if len(all) > 0 && before > 0 {
		r.report.Reject(genFile, 0, fmt.Sprintf("has %d tests before the first \"# ST:\"", before), "put them into a subtask")
		return nil, false
	}
	if n := countTests(all); len(all) > 0 && n != r.tests && r.tests > 0 {
		r.report.Reject(genFile, 0, fmt.Sprintf("makes %d tests, and there are %d in input/", n, r.tests), "run cmsMake in the package")
		return nil, false
	}
	return all, true
}

func countTests(all []subtask) int {
	n := 0
	for _, s := range all {
		n += s.count
	}
	return n
}

// maxGroups bounds the subtasks, far above real ones.
const maxGroups = 500

// groups makes the groups of gavel.yaml. Each test belongs to one.
func (r *reader) groups(subtasks []subtask) {
	if len(subtasks) == 0 || r.tests == 0 {
		if r.tests > 0 {
			r.task.Reject("score_type_parameters", "names no subtasks", "write such as [[40, 3], [60, 5]]")
		}
		return
	}
	if len(subtasks) > maxGroups {
		r.report.Reject(subtasks[0].file, 0, fmt.Sprintf("has %d subtasks, and %d are possible", len(subtasks), maxGroups), "")
		return
	}
	taken := make([]bool, r.tests)
	next := 0
	for i, s := range subtasks {
		g := foreign.Group{Name: fmt.Sprintf("subtask%d", i), Points: s.points, Scoring: "min"}
		for test := range r.tests {
			name := fmt.Sprint(test)
			in := test >= next && test < next+s.count
			if s.pattern != nil { // CMS calls tests 000, 001 and so on where their files are numbered
				in = s.pattern.MatchString(fmt.Sprintf("%03d", test))
			}
			switch {
			case in && taken[test]:
				r.report.Reject(s.file, s.line, fmt.Sprintf("puts test %d into two subtasks, which Gavel does not do", test), "copy the test")
				return
			case in:
				taken[test] = true
				g.Tests = append(g.Tests, name)
			}
		}
		next += s.count
		if len(g.Tests) == 0 {
			r.report.Reject(s.file, s.line, fmt.Sprintf("has no tests for subtask %d", i), "")
			return
		}
		r.settings.Groups = append(r.settings.Groups, g)
	}
	if next > r.tests {
		r.report.Reject(subtasks[0].file, 0, fmt.Sprintf("has subtasks of %d tests, and there are %d in input/", next, r.tests), "run cmsMake in the package")
		return
	}
	for test, in := range taken {
		if !in {
			r.report.Reject(subtasks[0].file, 0, fmt.Sprintf("has no subtask for test %d", test), "")
			return
		}
	}
}
