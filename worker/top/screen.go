package top

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gaveloj/gavel/worker/terminal"
)

// section is a table with a heading.
type section struct {
	title string
	rows  [][]string // the first has the names of the columns
	rest  string     // what is shown where there are no rows
}

// screen is the picture as lines of at most columns, and no more than rows of them; 0 means as many as there are. all has every
// worker shown, not those alone of which there is something to say.
func screen(p picture, columns, rows int, all bool) []string {
	const indent = "  "
	lines := []string{header(p)}
	sections := []section{inHandSection(p), laneSection(p), workerSection(p, all), verdictSection(p)}
	for _, s := range sections {
		lines = append(lines, "", s.title)
		if len(s.rows) == 1 {
			lines = append(lines, indent+s.rest)
			continue
		}
		for _, line := range terminal.Columns(s.rows, max(columns-len(indent), 0)) {
			lines = append(lines, indent+line)
		}
	}
	if rows > 0 && len(lines) > rows {
		lines = lines[:rows]
	}
	if columns > 0 {
		for i, line := range lines {
			lines[i] = terminal.Cut(line, columns)
		}
	}
	return lines
}

func header(p picture) string {
	states := map[string]int{}
	slots, busy := 0, 0
	for _, w := range p.Workers {
		states[w.State]++
		if w.State == "ready" || w.State == "paused" {
			slots += w.Slots
			busy += w.Busy
		}
	}
	words := []string{fmt.Sprintf("workers: %d ready", states["ready"])}
	for _, state := range []string{"starting", "paused", "stopping", "stopped", "lost"} {
		if n := states[state]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, state))
		}
	}
	parts := []string{strings.Join(words, ", "), fmt.Sprintf("slots: %d of %d busy", busy, slots)}
	if len(p.Verdicts) > 0 {
		parts = append(parts, fmt.Sprintf("verdicts: %.0f a minute, wait %.1f s (at most %.1f s)", p.PerMinute, p.WaitMedian, p.WaitMost))
	}
	return strings.Join(parts, "; ")
}

func inHandSection(p picture) section {
	s := section{"In hand", [][]string{{"SUBMISSION", "PROBLEM", "TEST", "TIME", "LANGUAGE", "WORKER", "LANE"}}, "nothing"}
	for _, h := range p.InHand {
		id, test := h.Submission, ""
		if h.Attempt > 1 {
			id += "." + strconv.Itoa(h.Attempt)
		}
		if h.Try > 1 {
			id += fmt.Sprintf(" (try %d)", h.Try)
		}
		if h.Tests > 0 {
			test = fmt.Sprintf("%d/%d", h.Test, h.Tests)
		}
		s.rows = append(s.rows, clean(id, h.Problem, test, age(h.Elapsed), h.Language, h.Worker, h.Lane))
	}
	return s
}

func laneSection(p picture) section {
	s := section{"Queue", [][]string{{"POOL", "LANE", "WAITING", "OLDEST", "PER MINUTE", "EXPECTED WAIT", ""}}, "empty, and no live worker serves any lane"}
	for _, l := range p.Lanes {
		pool, oldest, wait := l.Pool, "", ""
		if l.Subject != "" {
			pool = l.Subject
		}
		if l.Waiting > 0 {
			oldest = age(l.Oldest)
		}
		if l.Wait != nil {
			wait = age(*l.Wait)
		}
		s.rows = append(s.rows, clean(pool, l.Lane, strconv.FormatUint(l.Waiting, 10), oldest, fmt.Sprintf("%.1f", l.PerMinute), wait, l.Reason))
	}
	return s
}

// workerSection shows all workers, or those that are not just ready.
func workerSection(p picture, all bool) section {
	s := section{"Workers", [][]string{{"NAME", "STATE", "BUSY", "POOL", "HOST", "SEEN", ""}}, "all ready; press w to list them"}
	if len(p.Workers) == 0 {
		s.rest = "none; start one with gavel serve"
	}
	for _, w := range p.Workers {
		if !all && w.State == "ready" {
			continue
		}
		s.rows = append(s.rows, clean(w.Name, w.State, fmt.Sprintf("%d/%d", w.Busy, w.Slots), w.Pool, w.Host, age(w.Age)+" ago", w.Reason))
	}
	return s
}

func verdictSection(p picture) section {
	s := section{"Verdicts", [][]string{{"SUBMISSION", "PROBLEM", "VERDICT", "TIME", "LANGUAGE", "WORKER"}}, "none since this began"}
	for _, v := range p.Verdicts {
		id := v.Submission
		if v.Attempt > 1 {
			id += "." + strconv.Itoa(v.Attempt)
		}
		s.rows = append(s.rows, clean(id, v.Problem, string(v.Verdict), fmt.Sprintf("%.1fs", v.Total), v.Language, v.Worker))
	}
	return s
}

// clean makes cells of what others wrote.
func clean(cells ...string) []string {
	for i, cell := range cells {
		cells[i] = terminal.SingleLine(cell)
	}
	return cells
}

// age is a time for people, to the second.
func age(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
