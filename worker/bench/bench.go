// Package bench measures what judging costs on this host, each figure beside what it is to be compared with: a sandboxed run
// beside a bare one, a compilation beside the plain compiler, the queue's share beside the submission. What is compared takes
// turns, so that the noise of the host hits both alike.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Command is gavel bench.
type Command struct {
	settings.State
	settings.Judging

	Only   []string   `help:"Groups of figures, with commas between: run, busy, container, tests, compile, data, start, queue; all of them if not given." placeholder:"GROUP"`
	Rounds roundCount `default:"1" help:"How many times as many measurements as usual: 10 for figures to publish."                                       placeholder:"N"`
	Plot   string     `help:"Write a picture of the runs after each pause, SVG."                                                                        placeholder:"FILE"`
}

// roundCount is 1 to 1000.
type roundCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *roundCount) UnmarshalText(text []byte) error {
	n, err := settings.ParseCount(text, 1, 1000, "rounds; write 1 to")
	*c = roundCount(n)
	return err
}

// Help says what is measured.
func (Command) Help() string {
	return `Takes a minute or two. What is compared takes turns; medians are told, with the quartiles. Measure on an idle host: what else runs there is measured too. Groups:

    run        a program that does nothing, beside bare
    busy       the same while every core has other work
    container  making a container; its memory after use
    tests      tests that do nothing; of 50 ms on all slots
    compile    C++ with its caches beside g++ -O2 -static
    data       50 MB in and out and compared, beside a pipe
    start      CPU time to start Python, Node, Java; bare
    queue      a submission; submissions a second when full

` + terminal.Examples(`
		gavel bench
		gavel bench --only run,busy --rounds 10 --plot runs.svg
		gavel bench --format json > before.json`)
}

// group is a set of figures with one preparation.
type group struct {
	name    string
	measure func(*measurement, context.Context) error
}

// groups are in the order in which they run.
var groups = []group{
	{"run", (*measurement).runs},
	{"busy", (*measurement).busyRuns},
	{"container", (*measurement).containers},
	{"tests", (*measurement).tests},
	{"compile", (*measurement).compilations},
	{"data", (*measurement).data},
	{"start", (*measurement).starts},
	{"queue", (*measurement).queue},
}

// measurement is one call of the command.
type measurement struct {
	Command
	out     *terminal.Output
	state   *state.Dir
	runtime *judging.Runtime // nil until a group needs it
	figures []Figure
}

// Run implements the command.
func (c Command) Run(ctx context.Context, out *terminal.Output) (err error) {
	chosen, err := c.chosen()
	if err != nil {
		return err
	}
	if c.Plot != "" && !slices.Contains(chosen, "run") && !slices.Contains(chosen, "busy") {
		return exit.Usage(errors.New("--plot shows the figures of group run or busy; name one of them in --only"))
	}
	dir, err := state.Open(c.State)
	if err != nil {
		return err
	}
	defer dir.Close()
	m := &measurement{Command: c, out: out, state: dir}
	defer func() { err = errors.Join(err, m.close()) }()
	for _, g := range groups {
		if !slices.Contains(chosen, g.name) {
			continue
		}
		if err := g.measure(m, ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("measure %s: %w", g.name, err)
		}
	}
	out.Done()
	if c.Plot == "" {
		return nil
	}
	return writePlot(c.Plot, m.figures)
}

// chosen are the names of the groups to measure.
func (c Command) chosen() ([]string, error) {
	var known []string
	for _, g := range groups {
		known = append(known, g.name)
	}
	for _, name := range c.Only {
		if !slices.Contains(known, name) {
			return nil, exit.Usage(fmt.Errorf("--only: there is no group %q; there are %s", name, strings.Join(known, ", ")))
		}
	}
	if len(c.Only) == 0 {
		return known, nil
	}
	return c.Only, nil
}

// add prints a figure.
func (m *measurement) add(f Figure) {
	m.figures = append(m.figures, f)
	if m.out.JSON {
		_ = m.out.Object(f) // an error is kept, and told at the end
		return
	}
	m.out.Linef("%s", f)
}

// leaveOut tells what is not measured here.
func (m *measurement) leaveOut(what, reason string) { m.out.Notef("left out: %s; %s", what, reason) }

// open makes the judge that this host has for gavel judge.
func (m *measurement) open(ctx context.Context) (*judging.Runtime, error) {
	if m.runtime != nil {
		return m.runtime, nil
	}
	r, err := judging.Open(ctx, judging.Config{Judging: m.Judging, State: m.state, Worker: judging.WorkerName("")})
	m.runtime = r
	return r, err
}

func (m *measurement) close() error {
	if m.runtime == nil {
		return nil
	}
	return m.runtime.Close()
}

// count is n for each round. No rounds, which no flag asks for, are enough to see that everything can be measured.
func (m *measurement) count(n int) int { return max(n*int(m.Rounds), 1) }

// temp names a file or directory for the time of the measurement.
func (m *measurement) temp(name string) string { return m.state.Temp + string(os.PathSeparator) + name }
