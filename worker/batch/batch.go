// Package batch runs many programs on many inputs, from lines of JSON: gavel batch. It promises: what has a result is not lost when
// the batch ends early, and is left out when it goes on; a line that cannot work, or that a host failed at, ends no other.
package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Command runs many programs on many inputs, by lines of JSON.
type Command struct {
	settings.State
	settings.Judging
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Out       string                `help:"File for the results, one line of JSON each, in the order in which they come; standard output if not given. A summary is printed beside them." placeholder:"FILE.jsonl"`
	Resume    bool                  `help:"Go on with the --out file of an earlier batch: what has a result there is left out."`
	Local     bool                  `help:"Run in this process, as gavel judge does, without a queue."`
	Pool      settings.SubjectToken `default:"${pool}" env:"GAVEL_POOL" help:"Pool of workers." placeholder:"NAME"`
	Parallel  parallelCount         `help:"Lines that are sent or run at one time; by default enough to keep every slot busy." placeholder:"N"`
	Wait      *settings.Span        `help:"How long a line waits for a free slot; without an end if not given." placeholder:"TIME"`
	KeepGoing bool                  `help:"Go on when one line after the other fails by the host's fault; otherwise ten of them end the batch."`
	Matrix    bool                  `help:"Run nothing: print the lines for programs and inputs (and expected outputs, which have the names of the inputs but for the extension), each a pattern such as 'p/*'."`
	CPU       settings.Span         `default:"10s"    help:"CPU time of each run, where a line does not say."                      name:"cpu" placeholder:"TIME"`
	Wall      settings.Span         `help:"Real time of each run, where a line does not say; three times the CPU time and 1 s if not given." placeholder:"TIME"`
	Memory    settings.ByteSize     `default:"256MiB" help:"Memory of each run, where a line does not say."                        placeholder:"SIZE"`
	Output    settings.ByteSize     `default:"16MiB"  help:"Standard output and error of each run together, where a line does not say." placeholder:"SIZE"`
	Inline    settings.ByteSize     `default:"64KiB"  help:"How much of each output and kept file to get, at most 1MiB." placeholder:"SIZE"`
	Lines     []string              `arg:""           help:"File with the batch, one line of JSON for each program; - for standard input. With --matrix the patterns." name:"batch"`
}

// Help returns what the command is for, with examples; kong prints it.
func (Command) Help() string {
	return lines + terminal.Examples(`
		gavel batch --local --out results.jsonl batch.jsonl
		gavel batch --matrix 'p/*' 'i/*' 'o/*' > batch.jsonl
		gavel batch --out results.jsonl --resume batch.jsonl`)
}

// lines says what a batch is.
const lines = `The workers of the queue run it, or with --local this process, by --slots, --languages and the like. A line of a batch is an object, written here on several lines; only files is needed. Paths are relative to the file with the lines:

    {"id": "p17", "files": ["p/17.c"], "language": "c",
     "inputs": ["i/1.txt", {"text": "5"}],
     "args": [], "env": {},
     "limits": {"cpu": "300ms", "memory": "64MiB",
                "output": "1MiB"},
     "expect": {"file": "o/17.txt", "compare": "tokens"},
     "keep": ["out.txt"]}

A line of the results has the ID and what gavel run prints: for each input the status (WA where the output is not the expected
one), times, memory, outputs and kept files. Where there is an error instead, the line was not run; with "retry": true it was
the fault of the host, or no slot was free. Schemas: configs/schemas/batch.json and batch-result.json. The exit code is 1 when a
run is not OK, 2 when a line cannot work, 3 when one failed by the fault of the host.

`

func (c Command) validate() error {
	switch {
	case len(c.Lines) != 1:
		return exit.Usage(fmt.Errorf("%d files: want one with the batch, or --matrix before patterns", len(c.Lines)))
	case c.Resume && c.Out == "":
		return exit.Usage(errors.New("--resume goes with --out: name the file with the results so far"))
	case c.Local && c.Wait != nil:
		return exit.Usage(errors.New("--wait is for slots of workers; --local has its own, and waits for them"))
	}
	return nil
}

// Run runs the batch, or prints the lines of one with --matrix.
func (c Command) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) (err error) {
	if c.Matrix {
		return c.printMatrix(out)
	}
	if err := c.validate(); err != nil {
		return err
	}
	table, err := language.Load(c.Languages)
	if err != nil {
		return exit.Usage(fmt.Errorf("read language table: %w", err))
	}
	source, err := c.openLines()
	if err != nil {
		return err
	}
	defer source.close()
	runner, err := c.openRunner(ctx, config, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runner.close()) }()
	results, err := openResults(c.Out, c.Resume, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, results.close()) }()
	b := &batch{
		Command: c, out: out, table: table, source: source, runner: runner, results: results, began: time.Now(), summary: results.earlier,
		bar: out.Bar(source.total, "lines"),
	}
	return b.run(ctx)
}

// openLines opens the batch. Paths in it are relative to its file.
func (c Command) openLines() (*source, error) {
	name := c.Lines[0]
	if name == "-" {
		return newSource(os.Stdin, "."), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, exit.Usage(err)
	}
	s := newSource(f, filepath.Dir(name))
	if err := s.countLines(f); err != nil {
		_ = f.Close() // read side
		return nil, exit.Usage(err)
	}
	return s, nil
}

// batch is a batch that runs.
type batch struct {
	Command
	out     *terminal.Output
	table   *language.Table
	source  *source
	runner  runner
	results *results
	began   time.Time
	bar     *terminal.Bar // of all lines, where their number is known

	mu      sync.Mutex
	summary tally       // guarded by mu
	faults  int         // of the host, one after the other; guarded by mu
	lonely  atomic.Bool // no worker was there, and that was told
}

// errHostFaults ends a batch on a host that does not work.
var errHostFaults = fmt.Errorf("%d lines one after the other failed by the fault of the host: mend it and go on with --resume, or use --keep-going", mostFaults)

// mostFaults is how many lines may fail by the fault of the host, one after the other.
const mostFaults = 10

// run runs everything, and prints the summary.
func (b *batch) run(ctx context.Context) error {
	err := b.runLines(ctx)
	b.out.Done()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.summary.elapsed, b.summary.left = time.Since(b.began), b.source.skipped
	if errors.Is(err, context.Canceled) || ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if printErr := b.printSummary(err); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return err
	}
	return b.summary.err()
}

// runLines reads lines, and has as many in hand as may be.
func (b *batch) runLines(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	lines := make(chan line)
	group.Go(func() error {
		defer close(lines)
		return b.read(ctx, lines)
	})
	for range b.parallel() {
		group.Go(func() error {
			for line := range lines {
				if err := b.runLine(ctx, line); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (b *batch) parallel() int {
	if b.Parallel > 0 {
		return int(b.Parallel)
	}
	return b.runner.parallel
}

// read passes the lines on that have no result yet.
func (b *batch) read(ctx context.Context, lines chan<- line) error {
	for {
		line, err := b.source.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if line.err == nil && b.results.has(line.ID) {
			b.source.skipped++
			b.bar.Skip()
			continue
		}
		select {
		case lines <- line:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// runLine runs one line, and writes what came of it. Its error ends the batch.
func (b *batch) runLine(ctx context.Context, line line) error {
	request, err := line.request(b.source.dir, b.table, b.defaults())
	var result api.RunResult
	if err == nil {
		result, err = b.runner.run(ctx, request, b.noWorker)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // what is not finished has no result
	}
	r := newLineResult(line, result, err)
	if err := b.results.write(r); err != nil {
		return err
	}
	return b.count(r)
}

// defaults are the limits of lines that have none.
func (b *batch) defaults() api.RunRequest {
	inline := int64(b.Inline)
	if inline == 0 {
		inline = -1
	}
	return api.RunRequest{
		Version: api.Version, InlineBytes: inline,
		Limits: api.RunLimits{
			CPUUsec: b.CPU.Duration().Microseconds(), WallUsec: b.Wall.Duration().Microseconds(),
			Memory: int64(b.Memory), Output: int64(b.Output),
		},
	}
}

// noWorker tells, once, why nothing goes on.
func (b *batch) noWorker() {
	if b.lonely.CompareAndSwap(false, true) {
		b.out.Notef("no worker of pool %s takes run requests: waiting for one", b.Pool)
	}
}

// count adds a result to the summary, and shows how far the batch is.
func (b *batch) count(r lineResult) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.summary.add(r)
	if r.Error != nil {
		b.out.Notef("line %d%s: %s", r.Line, quotedID(r.ID), terminal.SingleLine(r.Error.Message))
	}
	if b.faults++; !r.Retry {
		b.faults = 0
	}
	if b.faults >= mostFaults && !b.KeepGoing {
		return errHostFaults
	}
	b.bar.Set(b.summary.lines, "%s", b.progress())
	return nil
}

func quotedID(id string) string {
	if id == "" {
		return ""
	}
	return " (" + terminal.SingleLine(id) + ")"
}

// progress is what the bar does not say. The caller holds mu.
func (b *batch) progress() string {
	var parts []string
	if b.source.total == 0 {
		done := b.summary.lines
		parts = append(parts, fmt.Sprintf("%s, %.1f/s", terminal.Plural(done, "line"), float64(done)/time.Since(b.began).Seconds()))
	}
	if bad := b.summary.bad(); bad > 0 {
		parts = append(parts, fmt.Sprintf("%d not OK", bad))
	}
	return strings.Join(parts, ", ")
}

// parallelCount is how many lines are in hand at one time, 1 to 10,000.
type parallelCount int

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *parallelCount) UnmarshalText(text []byte) error {
	n, err := settings.ParseCount(text, 1, 10_000, "lines at one time; write 1 to")
	*c = parallelCount(n)
	return err
}

// tally is what came of the lines so far.
type tally struct {
	lines    int
	statuses map[string]int // of runs, CE of lines that did not compile, and the class of those with an error
	refused  int            // lines that can never work
	faults   int            // lines that failed by the fault of the host
	slowest  inputRun
	largest  inputRun
	used     time.Duration // by runs and compilers
	left     int           // lines that had a result before
	elapsed  time.Duration
}

// inputRun is one run of a batch.
type inputRun struct {
	id, input string
	usage     api.Usage
}

func (s *tally) add(r lineResult) {
	if s.statuses == nil {
		s.statuses = map[string]int{}
	}
	s.lines++
	switch {
	case r.Retry:
		s.faults++
		s.statuses["error: "+string(r.Error.Class)]++
	case r.Error != nil:
		s.refused++
		s.statuses["error: "+string(r.Error.Class)]++
	case r.Status != api.RunOK:
		s.statuses[r.Status]++
	}
	if !r.Compile.Cached {
		s.used += time.Duration(r.Compile.WallUsec) * time.Microsecond
	}
	for _, run := range r.Runs {
		s.statuses[run.Status]++
		s.used += time.Duration(run.WallUsec) * time.Microsecond
		one := inputRun{r.ID, run.Name, run.Usage}
		if s.slowest.id == "" || run.CPUUsec > s.slowest.usage.CPUUsec {
			s.slowest = one
		}
		if s.largest.id == "" || run.PeakMemory > s.largest.usage.PeakMemory {
			s.largest = one
		}
	}
}

// bad is how many runs and lines are not as they must be.
func (s *tally) bad() int {
	bad := 0
	for status, n := range s.statuses {
		if status != api.RunOK {
			bad += n
		}
	}
	return bad
}

// err is exit.ErrNotOK where a run is not OK; else lines that can never work, or faults, decide the exit code.
func (s *tally) err() error {
	switch {
	case s.bad() > s.refused+s.faults:
		return exit.ErrNotOK
	case s.faults > 0:
		return fmt.Errorf("%s failed by the fault of the host, or for want of a slot: go on with --resume", terminal.Plural(s.faults, "line"))
	case s.refused > 0:
		return exit.Usage(fmt.Errorf("%s cannot work", terminal.Plural(s.refused, "line")))
	}
	return nil
}

// rows are the table of the summary.
func (s *tally) rows() [][]string {
	var rows [][]string
	statuses := make([]string, 0, len(s.statuses))
	for status := range s.statuses {
		statuses = append(statuses, status)
	}
	slices.SortFunc(statuses, func(a, b string) int {
		return cmp.Or(btoi(b == api.RunOK)-btoi(a == api.RunOK), cmp.Compare(a, b)) // what is well comes first
	})
	for _, status := range statuses {
		rows = append(rows, []string{status, fmt.Sprint(s.statuses[status])})
	}
	if s.slowest.id != "" {
		rows = append(rows,
			[]string{"slowest", terminal.Seconds(s.slowest.usage.CPUUsec), s.slowest.name()},
			[]string{"largest", terminal.Mebibytes(s.largest.usage.PeakMemory), s.largest.name()})
	}
	return rows
}

func (r inputRun) name() string { return terminal.SingleLine(r.id + ", input " + r.input) }
