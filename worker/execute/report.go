package execute

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// runReport is what exec prints. The names are a contract with scripts.
type runReport struct {
	Outcome        string `json:"outcome"`   // exited or signaled
	ExitCode       *int   `json:"exit_code"` // null when it did not exit
	Signal         string `json:"signal"`    // such as SIGSEGV; "" when no signal ended it
	KilledBy       string `json:"killed_by"` // cpu, wall, output, cancel, memory, or ""
	CPUUsec        int64  `json:"cpu_us"`
	WallUsec       int64  `json:"wall_us"`
	PeakMemory     int64  `json:"peak_memory_bytes"`
	OOMKills       int    `json:"oom_kills"`
	Approximate    bool   `json:"approximate,omitempty"` // CPU time and memory were measured without a control group
	Stdout         string `json:"stdout"`
	StdoutEncoding string `json:"stdout_encoding,omitempty"` // base64 where the bytes are not UTF-8
	Stderr         string `json:"stderr"`
	StderrEncoding string `json:"stderr_encoding,omitempty"`
	// Repeat is of all runs; the fields above are of the first. nil where there was one run.
	Repeat *repeatReport `json:"repeat,omitempty"`
}

// repeatReport is what several runs of one command used.
type repeatReport struct {
	Runs       int    `json:"runs"` // that have ended
	CPUUsec    spread `json:"cpu_us"`
	WallUsec   spread `json:"wall_us"`
	PeakMemory spread `json:"peak_memory_bytes"`
	OtherEnds  int    `json:"other_ends"`    // runs that ended in another way than the first
	OtherOut   int    `json:"other_outputs"` // runs that wrote something else than the first
}

// spread is the minimum, the median and the maximum of a figure. The median of an even number of them is between the two in
// the middle.
type spread struct {
	Min    int64 `json:"min"`
	Median int64 `json:"median"`
	Max    int64 `json:"max"`
}

func newSpread[T any](all []T, figure func(T) int64) spread {
	values := make([]int64, len(all))
	for i, one := range all {
		values[i] = figure(one)
	}
	slices.Sort(values)
	middle := len(values) / 2
	return spread{values[0], (values[middle] + values[(len(values)-1)/2]) / 2, values[len(values)-1]}
}

// repeatCount is how often a command is run, 1 to 100,000.
type repeatCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *repeatCount) UnmarshalText(text []byte) error {
	n, err := settings.ParseCount(text, 1, 100_000, "runs; write 1 to")
	*c = repeatCount(n)
	return err
}

func newRunReport(r sandbox.Result) runReport {
	report := runReport{
		Outcome:     r.Outcome.String(),
		KilledBy:    r.KilledBy.String(),
		CPUUsec:     r.CPU.Microseconds(),
		WallUsec:    r.Wall.Microseconds(),
		PeakMemory:  int64(r.PeakMemory),
		OOMKills:    r.OOMKills,
		Approximate: r.Approximate,
	}
	report.Stdout, report.StdoutEncoding = textOrBase64(r.Stdout)
	report.Stderr, report.StderrEncoding = textOrBase64(r.Stderr)
	switch r.Outcome {
	case sandbox.OutcomeExited:
		report.ExitCode = &r.ExitCode
	case sandbox.OutcomeSignaled:
		report.Signal = unix.SignalName(r.Signal)
	case sandbox.OutcomeNotStarted: // it is told as an error
	}
	return report
}

// textOrBase64 keeps bytes that JSON can hold as they are.
func textOrBase64(data []byte) (text, encoding string) {
	if utf8.Valid(data) {
		return string(data), ""
	}
	return base64.StdEncoding.EncodeToString(data), "base64"
}

// repeatReport is about all runs.
func (x *execution) repeatReport() *repeatReport {
	report := &repeatReport{
		Runs:       len(x.results),
		CPUUsec:    newSpread(x.results, func(r sandbox.Result) int64 { return r.CPU.Microseconds() }),
		WallUsec:   newSpread(x.results, func(r sandbox.Result) int64 { return r.Wall.Microseconds() }),
		PeakMemory: newSpread(x.results, func(r sandbox.Result) int64 { return int64(r.PeakMemory) }),
	}
	first := x.results[0]
	for i, r := range x.results {
		if cmp.Or(cmp.Compare(first.Outcome, r.Outcome), cmp.Compare(first.ExitCode, r.ExitCode), cmp.Compare(first.Signal, r.Signal),
			cmp.Compare(first.KilledBy, r.KilledBy)) != 0 {
			report.OtherEnds++
		}
		if x.outputs[i].sum() != x.outputs[0].sum() {
			report.OtherOut++
		}
	}
	return report
}

// print prints what came of the runs. Files that the command did not leave are told last.
func (x *execution) print() error {
	report := newRunReport(x.results[0])
	if x.Repeat > 1 {
		report.Repeat = x.repeatReport()
	}
	var err error
	if x.out.JSON {
		err = x.out.Object(report)
	} else {
		report.note(x.out)
	}
	if x.missing == nil {
		return err
	}
	if !errors.Is(x.missing, errNoOutput) {
		return errors.Join(err, x.missing)
	}
	x.out.Notef("%v", x.missing)
	return errors.Join(err, exit.ErrNotOK)
}

// note prints the facts to stderr: what the command wrote is on stdout already.
func (r runReport) note(out *terminal.Output) {
	end := "killed by " + r.Signal
	if r.ExitCode != nil {
		end = fmt.Sprintf("exited with %d", *r.ExitCode)
	}
	switch r.KilledBy {
	case "":
	case "cancel":
		end += ", interrupted"
	default:
		end += ", over the limit: " + r.KilledBy
	}
	if r.OOMKills > 0 {
		end += ", out of memory"
	}
	about := ""
	if r.Approximate {
		about = " (about: no control group; see gavel doctor)"
	}
	out.Notef("%s; CPU %s, wall %s, peak %s%s", end, terminal.Seconds(r.CPUUsec), terminal.Seconds(r.WallUsec), terminal.Mebibytes(r.PeakMemory), about)
	if r.Repeat != nil {
		r.Repeat.note(out)
	}
}

func (r *repeatReport) note(out *terminal.Output) {
	out.Notef("%s: minimum, median, maximum", terminal.Plural(r.Runs, "run"))
	exact := func(usec int64) string {
		return fmt.Sprintf("%.6f s", (time.Duration(usec) * time.Microsecond).Seconds())
	}
	for _, line := range []struct {
		name string
		spread
		text func(int64) string
	}{{"CPU", r.CPUUsec, exact}, {"wall", r.WallUsec, exact}, {"peak", r.PeakMemory, terminal.Mebibytes}} {
		out.Notef("%-4s  %s  %s  %s", line.name, line.text(line.Min), line.text(line.Median), line.text(line.Max))
	}
	if r.OtherEnds > 0 {
		out.Notef("%s ended in another way than the first", terminal.Plural(r.OtherEnds, "run"))
	}
	if r.OtherOut > 0 {
		out.Notef("%s wrote something else than the first", terminal.Plural(r.OtherOut, "run"))
	}
}
