package top

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/terminal"
)

// section is a table with a heading.
type section struct {
	title string
	rows  [][]string // the first has the names of the columns
	rest  string     // what is shown where there are no rows; "" leaves the section out
	more  int        // rows that were left out
}

// screen is the picture as lines of at most columns, and no more than rows of them; 0 means as many as there are. all has every
// live worker shown, not those alone of which there is something to say.
func screen(p picture, columns, rows int, all bool) []string {
	const indent = "  "
	sections := []section{inHandSection(p), laneSection(p), workerSection(p, all), lostSection(p), verdictSection(p)}
	sections = slices.DeleteFunc(sections, func(s section) bool { return len(s.rows) == 1 && s.rest == "" })
	if rows > 0 {
		share(sections, rows-1-2*len(sections))
	}
	lines := []string{header(p)}
	for _, s := range sections {
		lines = append(lines, "", s.title)
		if len(s.rows) == 1 {
			lines = append(lines, indent+s.rest)
			continue
		}
		for _, line := range terminal.Columns(s.rows, max(columns-len(indent), 0)) {
			lines = append(lines, indent+line)
		}
		if s.more > 0 {
			lines = append(lines, fmt.Sprintf("%sand %d more", indent, s.more))
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

// share leaves rows out of the longest sections until all fit into rows, so that none of them hides another.
func share(sections []section, rows int) {
	lines := func(s section) int { return len(s.rows) + min(s.more, 1) }
	for {
		sum, longest := 0, 0
		for i, s := range sections {
			sum += lines(s)
			if lines(s) > lines(sections[longest]) {
				longest = i
			}
		}
		s := &sections[longest]
		if sum <= rows || len(s.rows) <= 2 {
			return
		}
		s.rows = s.rows[:len(s.rows)-1]
		s.more++
	}
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
	for _, state := range []string{"starting", "paused", "stopping", "stopped", stateLost} {
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
	s := section{title: "In hand", rows: [][]string{{"SUBMISSION", "PROBLEM", "TEST", "TIME", "LANGUAGE", "WORKER", "LANE"}}, rest: "nothing"}
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
	s := section{title: "Queue", rows: [][]string{{"POOL", "LANE", "WAITING", "OLDEST", "PER MINUTE", "EXPECTED WAIT", ""}}, rest: "empty, and no live worker serves any lane"}
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

// workerColumns are the names of what is told of a worker.
func workerColumns() []string { return []string{"NAME", "STATE", "BUSY", "POOL", "HOST", "SEEN", ""} }

func workerRow(w workerPart) []string {
	return clean(w.Name, w.State, fmt.Sprintf("%d/%d", w.Busy, w.Slots), w.Pool, w.Host, age(w.Age)+" ago", w.Reason)
}

// workerSection shows all live workers, those that are not just ready first, or these alone.
func workerSection(p picture, all bool) section {
	s := section{title: "Workers", rows: [][]string{workerColumns()}, rest: "all ready; press w to list them"}
	if !slices.ContainsFunc(p.Workers, func(w workerPart) bool { return w.State != stateLost }) {
		s.rest = "none; start one with gavel serve"
	}
	var ready [][]string
	for _, w := range p.Workers {
		switch w.State {
		case stateLost:
		case string(message.WorkerReady):
			ready = append(ready, workerRow(w))
		default:
			s.rows = append(s.rows, workerRow(w))
		}
	}
	if all {
		s.rows = append(s.rows, ready...)
	}
	return s
}

// lostSection shows the workers that have said nothing for long, apart from those that live.
func lostSection(p picture) section {
	s := section{title: "Lost workers", rows: [][]string{workerColumns()}}
	for _, w := range p.Workers {
		if w.State == stateLost {
			s.rows = append(s.rows, workerRow(w))
		}
	}
	return s
}

func verdictSection(p picture) section {
	s := section{title: "Verdicts", rows: [][]string{{"SUBMISSION", "PROBLEM", "VERDICT", "TIME", "LANGUAGE", "WORKER"}}, rest: "none since this began"}
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
