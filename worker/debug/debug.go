// Package debug collects what is known of one verdict into a zip file with a page that explains it: gavel debug. What contestants,
// checkers and packages say is data there; what may hold test data is left out unless it is asked for.
package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/doctor"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/serve"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/version"
)

// Command collects what is known of one verdict, for a judge who has to explain it.
type Command struct {
	settings.State
	settings.Naming
	settings.Judging
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Out      string `help:"Write this zip file, which only you may read; by default gavel-debug-ID.zip here." placeholder:"FILE.zip"`
	Rerun    bool   `help:"Judge the submission once more on this host, and put that report beside the verdict. It changes nothing in the queue."`
	WithData bool   `help:"Take in what holds test data or may: inputs and answers of the tests that failed, outputs, transcripts, and what checkers say of secret tests. It is left out otherwise."`
	Problems string `default:"${problems}" env:"GAVEL_PROBLEMS" help:"Directory whose entries are problem packages; by default that of the worker of --state-dir, on its host. Those in the store need none." placeholder:"DIR"`

	HTTPToken string `default:"${http_token}" env:"GAVEL_HTTP_TOKEN" help:"File whose first line is the token of the workers' --http-token: their logs are asked for with it from other hosts." name:"http-token" placeholder:"FILE"`

	ID settings.SubmissionID `arg:"" help:"Identifier of the submission." name:"id"`
}

// Help returns the examples; kong prints them.
func (Command) Help() string {
	return terminal.Examples(`
		gavel debug week3-alice
		gavel debug --rerun --problems /srv/problems week3-alice
		gavel debug --with-data --out dispute.zip week3-alice`)
}

// result is what the command says in JSON.
type result struct {
	Submission string       `json:"submission_id"`
	Attempt    int          `json:"attempt"`
	Verdict    verdict.Code `json:"verdict,omitempty"`       // left out where there is none
	Rerun      verdict.Code `json:"rerun_verdict,omitempty"` // with --rerun
	File       string       `json:"file"`
	Files      int          `json:"files"` // in it
	Missing    []absence    `json:"missing"`
	Withheld   []string     `json:"withheld"`
}

// Run writes the file also where some of it is not to be had. A run again that was asked for and did not come off is an error
// all the same, once the file is there.
func (c Command) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) error {
	id := c.Qualify(c.ID)
	path := cmp.Or(c.Out, "gavel-debug-"+id+".zip")
	if err := settings.CheckDirectory(filepath.Dir(path)); err != nil {
		return exit.Usage(fmt.Errorf("--out: %w", err))
	}
	if err := settings.CheckDirectory(c.Problems); err != nil {
		return exit.Usage(fmt.Errorf("--problems: %w", err))
	}
	logs, err := c.logReader()
	if err != nil {
		return err
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	c.takeProblems(ctx)
	d := &collector{
		queue: platform, id: id, withData: c.WithData, progress: out.Progressf, logs: logs,
		explanation: explanation{Gavel: version.Read().Version, Made: time.Now().UTC(), Server: platform.Conn().URL(), Submission: id},
	}
	defer out.Done()
	known, err := d.collect(ctx)
	if err != nil {
		return err
	}
	if !known {
		return d.unknown(ctx)
	}
	c.lookAtHost(config, d)
	failed := c.lookAtProblem(ctx, config, out, d)
	if err := ctx.Err(); err != nil {
		return err
	}
	out.Done()
	files, err := d.files()
	if err != nil {
		return err
	}
	if err := writeZip(path, files); err != nil {
		return err
	}
	return errors.Join(d.tell(out, path, len(files)), failed)
}

// logReader is how the logs of workers are read.
func (c Command) logReader() (r logReader, err error) {
	if r.state, err = c.State.Dir(); err != nil {
		return r, err
	}
	if c.HTTPToken != "" {
		r.token, err = settings.ReadSecret("--http-token", c.HTTPToken)
	}
	return r, err
}

// lookAtHost takes in what gavel doctor says of this host, without making containers, where it is one that judged the submission or
// is about to.
func (c Command) lookAtHost(config settings.ConfigPath, d *collector) {
	own, err := os.Hostname()
	judged := slices.ContainsFunc(d.Workers, func(w *judgingWorker) bool { return err == nil && w.Host == own })
	if judged || c.Rerun {
		d.addJSON("doctor.json", doctor.Command{State: c.State, Judging: c.Judging, Problems: c.Problems, NATS: c.NATS}.ThisHost(config))
	}
}

// takeProblems takes the directory that the worker of this host uses, where none was named and this user can read it.
func (c *Command) takeProblems(ctx context.Context) {
	dir, err := c.State.Dir()
	if err != nil || c.Problems != "" {
		return
	}
	if found, err := serve.FindProblems(ctx, dir); err == nil && settings.CheckDirectory(found.Path) == nil {
		c.Problems = found.Path
	}
}

// unknown is the error for an ID of which nothing is there.
func (d *collector) unknown(ctx context.Context) error {
	if len(d.Missing) > 0 {
		var why []string
		for _, m := range d.Missing {
			why = append(why, m.What+": "+m.Why)
		}
		return fmt.Errorf("nothing of submission %s could be read:\n%s", d.id, strings.Join(why, "\n"))
	}
	text := fmt.Sprintf("nothing is known of submission %s: the ID is wrong, or it was judged too long ago; verdicts are kept for 30 days", d.id)
	if same, err := d.queue.SameNames(ctx, d.id); err == nil && len(same) > 0 { // who may not ask gets no advice
		text += "; did you mean " + strings.Join(same[:min(len(same), 5)], ", ") + "?"
	}
	return exit.Usage(errors.New(text))
}

// tell says at the end what was written where, and what is not in it.
func (d *collector) tell(out *terminal.Output, path string, files int) error {
	said := result{
		Submission: d.id, Attempt: d.Current, File: path, Files: files, Missing: d.Missing, Withheld: d.Withheld,
	}
	if r := d.verdict(); r != nil {
		said.Verdict = r.Verdict
	}
	if d.Rerun != nil {
		said.Rerun = d.Rerun.Report.Verdict
	}
	if out.JSON {
		said.Missing = append([]absence{}, said.Missing...)
		said.Withheld = append([]string{}, said.Withheld...)
		return out.Object(said)
	}
	out.Linef("%s  attempt %d  %s", d.id, d.Current, cmp.Or(string(said.Verdict), "no verdict yet"))
	if said.Rerun != "" {
		out.Linef("judged again here: %s", said.Rerun)
	}
	out.Linef("%s: %s; open %s in it", path, terminal.Plural(files, "file"), pageName)
	for _, m := range d.Missing {
		out.Notef("not there: %s: %s", m.What, terminal.SingleLine(m.Why))
	}
	for _, w := range d.Withheld {
		out.Notef("left out without --with-data: %s", w)
	}
	return nil
}

// absence is something that could not be had, and why.
type absence struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// miss notes that something could not be had; nil is no error.
func (d *collector) miss(what string, err error) {
	if err != nil {
		d.Missing = append(d.Missing, absence{what, err.Error()})
	}
}

// hold notes that something is there and was left out.
func (d *collector) hold(format string, args ...any) {
	d.Withheld = append(d.Withheld, fmt.Sprintf(format, args...))
}

// collector collects what there is.
type collector struct {
	explanation
	queue    *client.Client // borrowed
	id       string
	withData bool
	progress func(format string, args ...any)
	logs     logReader
	extra    []zipFile // beside what the explanation becomes
	bytes    int       // of extra
}
