package verification

import (
	"fmt"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/worker/terminal"
)

// timeLimit is the computation of a time limit as verify --set-time-limit prints it. The names are a contract with scripts.
type timeLimit struct {
	Problem   string `json:"problem"`
	LimitUsec int64  `json:"time_limit_us"` // 0 when none follows: see error
	// StatedUsec is the time limit that the package states, and StatedBy where; 0 when it leaves it to be computed.
	StatedUsec int64              `json:"stated_us"`
	StatedBy   problem.TimeSource `json:"stated_by"`
	// LeastUsec is what the slowest run that must keep the limit asks for, MostUsec what the fastest submission that must
	// not allows; 0 when there is none.
	SlowestUsec int64            `json:"slowest_us"`
	LeastUsec   int64            `json:"least_us"`
	MostUsec    int64            `json:"most_us"`
	Multipliers timeMultipliers  `json:"time_multipliers"`
	Bounds      []timeLimitBound `json:"bounds"`
	Error       string           `json:"error,omitempty"`
}

type timeMultipliers struct {
	AcceptedToLimit float64 `json:"ac_to_time_limit"`
	LimitToExceeded float64 `json:"time_limit_to_tle"`
	ResolutionUsec  int64   `json:"time_resolution_us"`
}

type timeLimitBound struct {
	Submission string          `json:"submission"`
	Tests      string          `json:"tests,omitempty"` // pattern of those that count; all when absent
	Side       problem.TimeUse `json:"side"`            // lower or upper
	TimeUsec   int64           `json:"time_us"`
	Test       string          `json:"test,omitempty"`
	AtLeast    bool            `json:"at_least"` // the run was stopped
	Missing    string          `json:"missing,omitempty"`
}

func newTimeLimit(p *problem.Problem, c *verify.TimeComputation, failed error) timeLimit {
	l := timeLimit{
		Problem: p.Name, StatedBy: p.Limits.TimeSource,
		LimitUsec: c.Limit.Microseconds(), SlowestUsec: c.Slowest.Microseconds(), LeastUsec: c.Least.Microseconds(),
		MostUsec: c.Most.Microseconds(), Bounds: make([]timeLimitBound, len(c.Bounds)),
		Multipliers: timeMultipliers{
			c.Multipliers.AcceptedToLimit, c.Multipliers.LimitToExceeded, c.Multipliers.Resolution.Microseconds(),
		},
	}
	if p.Limits.TimeSource != problem.TimeComputed {
		l.StatedUsec = p.Limits.Time.Microseconds()
	}
	for i, b := range c.Bounds {
		l.Bounds[i] = timeLimitBound{b.Submission, b.Tests, b.Side, b.Time.Microseconds(), b.Test, b.AtLeast, b.Missing}
	}
	if failed != nil {
		l.Error = failed.Error()
	}
	return l
}

// print prints a table of what bounds the time limit, and the result below it.
func (l timeLimit) print(out *terminal.Output) error {
	if out.JSON {
		return out.Object(l)
	}
	out.Linef("%s: time limit from the example submissions", l.Problem)
	rows := make([][]string, len(l.Bounds))
	for i, b := range l.Bounds {
		side := "must keep it"
		if b.Side == problem.TimeUpper {
			side = "must miss it"
		}
		took := terminal.Seconds(b.TimeUsec)
		if b.AtLeast {
			took = "over " + took
		}
		if b.Missing != "" {
			took = b.Missing
		}
		rows[i] = []string{"   ", side, b.Submission, b.Tests, took, b.Test}
	}
	out.Table(rows)
	if l.Error == "" {
		out.Linef("    %s", l.result())
	}
	return nil
}

// result says how the limit follows, in one line.
func (l timeLimit) result() string {
	m := l.Multipliers
	text := fmt.Sprintf("%s x %v = %s, rounded up to a multiple of %s: %s", terminal.Seconds(l.SlowestUsec), m.AcceptedToLimit,
		terminal.Seconds(l.LeastUsec), terminal.Seconds(m.ResolutionUsec), terminal.Seconds(l.LimitUsec))
	if l.MostUsec > 0 {
		text += fmt.Sprintf("; x %v = %s is below what must miss it", m.LimitToExceeded,
			terminal.Seconds(int64(float64(l.LimitUsec)*m.LimitToExceeded)))
	}
	if l.StatedUsec > 0 {
		text += fmt.Sprintf("; %s states %s", l.StatedBy, terminal.Seconds(l.StatedUsec))
	}
	return text
}

// noteMargins prints how far the example submissions of a package are from its time limit.
func noteMargins(out *terminal.Output, name string, v verify.Findings) {
	if v.Margins.Slowest == nil && v.Margins.Fastest == nil {
		return
	}
	text := fmt.Sprintf("%s: time limit %s", name, terminal.Seconds(v.TimeLimit.Microseconds()))
	text += marginText("slowest that must keep it", v.Margins.Slowest, v)
	text += marginText("fastest that must miss it", v.Margins.Fastest, v)
	out.Notef("%s", text)
}

func marginText(what string, m *verify.Margin, v verify.Findings) string {
	if m == nil {
		return ""
	}
	atLeast := ""
	if m.AtLeast {
		atLeast = "over "
	}
	ratio := fmt.Sprintf("%.3g", m.Ratio)
	if m.Ratio >= 1000 {
		ratio = fmt.Sprintf("%.0f", m.Ratio) // no exponent: people read it
	}
	text := fmt.Sprintf("; %s: %s on %s, %s%s, off by %s%s times", what, m.Submission, m.Test, atLeast,
		terminal.Seconds(m.Time.Microseconds()), atLeast, ratio)
	switch {
	case m == v.Margins.Slowest && m.Time > v.TimeLimit, m == v.Margins.Fastest && m.Time < v.TimeLimit:
		text += ", and on the wrong side"
	case m.Close:
		text += fmt.Sprintf(", less than the margin of %v", v.Margins.Factor)
	}
	return text
}
