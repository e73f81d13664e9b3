package grade

import (
	"fmt"
	"slices"
)

// Count is how many rows have a status.
func (b *Book) Count(s Status) int {
	n := 0
	for i := range b.Students {
		if b.Students[i].Status == s {
			n++
		}
	}
	return n
}

// scores are those of the graded rows, sorted.
func (b *Book) scores() []float64 {
	var all []float64
	for i := range b.Students {
		if s := &b.Students[i]; s.Status == Graded {
			all = append(all, *s.Score)
		}
	}
	slices.Sort(all)
	return all
}

// Statistics are the mean and the median of the graded rows; false where there are none.
func (b *Book) Statistics() (mean, median float64, ok bool) {
	all := b.scores()
	if len(all) == 0 {
		return 0, 0, false
	}
	sum := 0.0
	for _, s := range all {
		sum += s
	}
	middle := len(all) / 2
	median = all[middle]
	if len(all)%2 == 0 {
		median = (all[middle-1] + all[middle]) / 2
	}
	return rounded(sum/float64(len(all)), 3), rounded(median, 3), true
}

// Bar is one bar of a histogram.
type Bar struct {
	Title string // the scores that it counts, "10-20"
	Count int
}

// Histogram counts scores in ten steps from nothing to the most that there is to get, or that somebody has. Whoever has all
// of it is in a bar of its own.
func (b *Book) Histogram() []Bar {
	all := b.scores()
	if len(all) == 0 {
		return nil
	}
	most, steps := all[len(all)-1], 10
	if b.Max != nil {
		most = *b.Max
	}
	if most <= 0 {
		return []Bar{{Title: "0", Count: len(all)}}
	}
	if most == 1 {
		steps = 1 // right or wrong
	}
	bars := make([]Bar, steps+1)
	for i := range steps {
		from, to := most*float64(i)/float64(steps), most*float64(i+1)/float64(steps)
		bars[i].Title = fmt.Sprintf("%s to %s", number(&from), number(&to))
	}
	if steps == 1 {
		bars[0].Title = "0"
	}
	bars[steps].Title = number(&most)
	for _, s := range all {
		bars[min(max(int(s/most*float64(steps)+1e-9), 0), steps)].Count++
	}
	return bars
}
