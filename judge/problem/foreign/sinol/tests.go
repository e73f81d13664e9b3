package sinol

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// test is a test by the name of its files.
type test struct {
	name  string // without the ID of the task
	group int
}

// testName is ID, group, letters.
var testName = regexp.MustCompile(`^([A-Za-z0-9]{2}[A-Za-z])([0-9]{1,6})([a-z]*)\.in$`)

// samplesEnd is what the names of samples beside those of group 0 end with.
const samplesEnd = "ocen"

const toGenerate = "run sinol-make gen in the package, which makes inputs by the generator in prog and outputs by the model solution"

// findTests lists the tests in in/.
func (r *reader) findTests() {
	r.id, _ = r.config.Text("sinol_task_id")
	strays, missing := 0, ""
	for _, file := range r.files.List("in") {
		if !strings.HasSuffix(file, ".in") {
			continue
		}
		m := testName.FindStringSubmatch(file)
		if r.id == "" && m != nil {
			r.id = m[1]
		}
		if m == nil || m[1] != r.id {
			strays++
			continue
		}
		t := test{name: m[2] + m[3]}
		t.group, _ = strconv.Atoi(m[2]) // six digits
		if strings.HasSuffix(m[3], samplesEnd) {
			t.group = 0
		}
		if missing == "" && !r.files.File("out/"+r.id+t.name+".out") {
			missing = "out/" + r.id + t.name + ".out"
		}
		r.tests = append(r.tests, t)
	}
	switch {
	case len(r.tests) == 0:
		r.report.Reject("in", 0, "has no tests with names such as abc1a.in", toGenerate)
	case missing != "":
		r.report.Reject(missing, 0, "is not there", toGenerate)
	case len(r.tests) > foreign.MaxTests:
		r.report.Reject("in", 0, fmt.Sprintf("has %d tests, and %d are possible", len(r.tests), foreign.MaxTests), "")
	}
	if strays > 0 {
		r.report.Warn("in", 0, fmt.Sprintf("has files with names that are none of task %.40q, which are ignored: %d of them", r.id, strays), "")
	}
	slices.SortFunc(r.tests, func(a, b test) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(len(a.name), len(b.name)), strings.Compare(a.name, b.name))
	})
	r.settings.Tests = foreign.Tests{Input: "in/" + r.id + "*.in", Answer: "out/" + r.id + "*.out"}
	for _, t := range r.tests {
		r.settings.Tests.Names = append(r.settings.Tests.Names, t.name)
	}
}

// scores makes the groups. Where config.yml gives no scores, 100 points are shared out evenly, and the last group gets what
// is left.
func (r *reader) scores() {
	table := r.config.Table("scores")
	points := make(map[int]float64)
	if table != nil {
		for _, key := range table.Keys() {
			group, err := strconv.Atoi(key)
			v, ok := table.Number(key)
			switch {
			case err != nil || group < 0:
				table.Reject(key, "must be the number of a group", "")
			case ok && v < 0:
				table.Reject(key, fmt.Sprintf("must be zero or more, and is %v", v), "")
			case ok:
				points[group] = v
			}
		}
	}
	var groups []int
	byGroup := make(map[int][]string)
	for _, t := range r.tests {
		if byGroup[t.group] == nil {
			groups = append(groups, t.group)
		}
		byGroup[t.group] = append(byGroup[t.group], t.name)
	}
	if points[0] == 0 {
		r.settings.Samples = byGroup[0]
		groups = slices.DeleteFunc(groups, func(g int) bool { return g == 0 })
	}
	for i, g := range groups {
		score, given := points[g]
		switch {
		case table == nil:
			score = float64(100 / len(groups))
			if i == len(groups)-1 {
				score = 100 - score*float64(i)
			}
		case !given:
			r.config.Reject("scores", fmt.Sprintf("has none for group %d, which has tests", g), "add it; 0 is possible")
		}
		r.settings.Groups = append(r.settings.Groups, foreign.Group{Name: fmt.Sprint(g), Points: score, Tests: byGroup[g], Scoring: "min"})
		delete(points, g)
	}
	for g, v := range points {
		if v > 0 {
			r.config.Reject("scores", fmt.Sprintf("has group %d, which has no tests", g), toGenerate)
			return
		}
	}
}
