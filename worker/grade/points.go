package grade

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// take makes a graded row of a report.
func (s *Student) take(r *api.Report, basis *Basis) {
	s.Status, s.Detail, s.Report, s.Basis = Graded, "", r, basis
	s.Language, s.Verdict = r.Language, r.Verdict
	s.SlowestMS = rounded(float64(r.CPUUsec)/1e3, 3)
	s.PeakMiB = rounded(float64(r.PeakMemory)/(1<<20), 1)
}

func rounded(f float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(f*scale) / scale
}

// newBook puts the rows together. Points, which need to know what there was to get, are found in the end.
func newBook(cfg Config, students []Student) *Book {
	b := &Book{
		Version: 1, Problem: cfg.Problem.Name, Title: cfg.Problem.Title, Scoring: cfg.Problem.Kind.Scoring, Digest: cfg.Problem.Digest, Gavel: cfg.Gavel,
		Students: students, TimeLimitUsec: cfg.ComputedLimit.Microseconds(),
	}
	slices.SortStableFunc(b.Students, func(x, y Student) int {
		if c := strings.Compare(strings.ToLower(x.Student), strings.ToLower(y.Student)); c != 0 {
			return c
		}
		return strings.Compare(x.Student, y.Student)
	})
	b.findColumns()
	for i := range b.Students {
		if s := &b.Students[i]; s.Status == Graded {
			b.score(s)
		}
	}
	return b
}

// findColumns finds the groups, and what there is to get. All reports that went as far as the tests say the same.
func (b *Book) findColumns() {
	for i := range b.Students {
		r := b.Students[i].Report
		if r == nil {
			continue
		}
		groups := testDirectories(*r)
		if b.Scoring {
			groups = scoredGroups(*r)
		}
		for n := range groups {
			groups[n].Score = nil
		}
		if len(groups) > len(b.Groups) {
			b.Groups = groups
		}
		if b.Scoring && b.Max == nil {
			b.Max = r.MaxScore()
		}
	}
	if !b.Scoring {
		one := 1.0
		b.Max = &one
	}
}

// score fills the points of a graded row in. A problem without points gives one for the verdict AC.
func (b *Book) score(s *Student) {
	score := 0.0
	switch {
	case b.Scoring && s.Report.Score != nil:
		score = rounded(*s.Report.Score, 6)
	case !b.Scoring && s.Verdict == verdict.Accepted:
		score = 1
	}
	s.Score, s.Max = &score, b.Max
	if b.Max != nil && *b.Max > 0 {
		percent := rounded(100*score / *b.Max, 2)
		s.Percent = &percent
	}
	got := testDirectories(*s.Report)
	if b.Scoring {
		got = scoredGroups(*s.Report)
	}
	s.Groups = nil
	for _, g := range b.Groups {
		p := Points{Name: g.Name, Max: g.Max}
		zero := 0.0
		p.Score = &zero
		for _, mine := range got {
			if mine.Name == g.Name {
				p.Score = mine.Score
			}
		}
		s.Groups = append(s.Groups, p)
	}
	s.Feedback = oneLine(s)
}

// scoredGroups are the groups that have points of their own: those without groups in them, and without samples that give none.
func scoredGroups(r api.Report) []Points {
	var all []Points
	for _, g := range r.Groups {
		inner := slices.ContainsFunc(r.Groups, func(o api.GroupReport) bool {
			return g.Name == "" && o.Name != "" || strings.HasPrefix(o.Name, g.Name+"/")
		})
		worthless := g.MaxScore != nil && *g.MaxScore == 0 || g.MaxScore == nil && g.Score == nil
		if inner || worthless {
			continue
		}
		score := 0.0
		if g.Score != nil {
			score = rounded(*g.Score, 6)
		}
		all = append(all, Points{Name: groupLabel(g.Name), Score: &score, Max: g.MaxScore})
	}
	return all
}

// groupLabel is a group for people: the directory data/secret says nothing to them.
func groupLabel(name string) string {
	if name == "" {
		return "all"
	}
	return strings.TrimPrefix(name, "secret/")
}

// testDirectories counts the accepted tests of each directory.
func testDirectories(r api.Report) []Points {
	var all []Points
	for _, t := range r.Tests {
		name := groupLabel(path.Dir(t.Name))
		i := slices.IndexFunc(all, func(p Points) bool { return p.Name == name })
		if i < 0 {
			i = len(all)
			all = append(all, Points{Name: name, Score: new(float64), Max: new(float64)})
		}
		*all[i].Max++
		if t.Verdict == verdict.Accepted {
			*all[i].Score++
		}
	}
	return all
}

// number writes points with at most three decimals; "" where there are none.
func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(rounded(*f, 3), 'f', -1, 64)
}

// Title is the head of the column of a group: its name and what there is to get.
func (p Points) Title() string {
	if p.Max == nil {
		return p.Name
	}
	return fmt.Sprintf("%s (%s)", p.Name, number(p.Max))
}
