package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/suggest"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/artifacts"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/packages"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// submitCmd publishes submissions.
type submitCmd struct {
	settings.State
	settings.Naming
	settings.Reading
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Problem   settings.ProblemName  `help:"Name of the problem, as the workers know it."                             placeholder:"NAME"`
	Digest    string                `help:"Judge by this version of the problem in the store, as gavel problem show tells; by default the newest." name:"problem-digest" placeholder:"DIGEST"`
	Language  string                `help:"Language of the submission; by default what the file names tell."         placeholder:"ID"`
	Entry     string                `help:"File or class to start, where there are several."                         name:"entry-point" placeholder:"NAME"`
	ID        settings.SubmissionID `help:"Identifier of the submission; by default a random one."                   name:"id" placeholder:"ID"`
	Attempt   int                   `default:"1"                                                                     help:"Which judgement of the submission this is: 1, 2, ..." placeholder:"N"`
	TimeLimit settings.Span         `help:"CPU time for each test in place of the package's; seconds, or with a unit." placeholder:"TIME"`
	Pool      settings.SubjectToken `default:"${pool}"                                                               env:"GAVEL_POOL" help:"Pool of workers." placeholder:"NAME"`
	Lane      settings.SubjectToken `default:"contest"                                                               help:"Lane of the pool: contest, practice or rejudge." placeholder:"NAME"`
	All       bool                  `help:"The arguments are problem packages: publish every example submission of them."`
	LeaveOut  []string              `help:"With --all: leave out what is in these languages, by their IDs, and say how many that is." name:"leave-out" placeholder:"LANGUAGE"`
	Queue     bool                  `help:"Publish also when no live worker could judge it; it waits for one."`
	Keep      []string              `help:"Keep these files beside the verdict, for a week: output, compile_log, transcript, feedback." placeholder:"KIND"`
	Artifacts string                `help:"With --wait: write the files that were kept, which are all kinds unless --keep names some, into DIR." placeholder:"DIR"`
	Wait      bool                  `help:"Wait for the verdicts, and compare them with what must come: AC, or with --all what the package says."`
	Timeout   settings.Span         `default:"10m"                                                                   help:"How long to wait for the next verdict."  placeholder:"TIME"`
	Paths     []string              `arg:""                                                                          help:"Source files of one submission, directories, or archives (.zip, .tar, .tar.gz) of them; packages with --all." name:"path"`
}

// candidate is a submission with what it must get.
type candidate struct {
	api.Submission
	path     string // as people know it
	expected problem.Expectation
}

func (c submitCmd) validate() error {
	switch {
	case c.All && (c.Problem != "" || c.Digest != "" || c.Language != "" || c.ID != "" || c.Entry != ""):
		return exit.Usage(errors.New("--all takes problem, language, entry point and ID from the packages; leave the flags out"))
	case !c.All && len(c.LeaveOut) > 0:
		return exit.Usage(errors.New("--leave-out goes with --all"))
	case !c.All && c.Problem == "":
		return exit.Usage(errors.New("--problem NAME is missing: which problem do the files solve?"))
	case c.Artifacts != "" && (c.All || !c.Wait):
		return exit.Usage(errors.New("--artifacts goes with --wait, and with one submission"))
	case c.Attempt < 1:
		return exit.Usage(fmt.Errorf("--attempt %d: attempts count from 1", c.Attempt))
	case c.Pool == "" || c.Lane == "":
		return exit.Usage(errors.New("--pool and --lane cannot be empty"))
	}
	return c.NATS.Check()
}

func (c submitCmd) Run(ctx context.Context, out *terminal.Output) error {
	if err := c.validate(); err != nil {
		return err
	}
	state, err := state.Open(c.State)
	if err != nil {
		return err
	}
	defer state.Close()
	var found judgement.Tally
	candidates, err := c.candidates(out, state, &found)
	if err != nil {
		return err
	}
	client, done, err := c.NATS.Dial(ctx, out, state.Path)
	if err != nil {
		return err
	}
	defer done()
	sent, err := c.publish(ctx, out, client, candidates, &found)
	if err != nil && c.Wait {
		noteSubmitted(out, sent)
	}
	if err != nil {
		return err
	}
	if c.Wait {
		err = c.await(ctx, out, client, sent, &found)
	}
	return errors.Join(err, found.Err("submission could be published"))
}

// candidates are the submissions that the arguments mean. A broken package is reported and left out.
func (c submitCmd) candidates(out *terminal.Output, state *state.Dir, found *judgement.Tally) ([]candidate, error) {
	if !c.All {
		one, err := c.single(out)
		return []candidate{one}, err
	}
	var all []candidate
	for _, path := range packages.Among(out, c.Paths) {
		of, err := c.examples(state, path)
		if err != nil && exit.CodeOf(err) != exit.BadRequest {
			return nil, err
		}
		if err != nil {
			found.Reject(out, err)
		}
		all = append(all, of...)
	}
	return c.leaveOut(out, all)
}

func (c submitCmd) single(out *terminal.Output) (candidate, error) {
	files, err := readSources("", c.Paths)
	if err != nil {
		return candidate{}, err
	}
	if table, err := language.Load(""); err == nil && c.Entry == "" { // the workers may have another one
		c.Entry = chooseProgram(out, table, c.Language, files)
	}
	s := c.submission(c.Qualify(c.ID), string(c.Problem), files)
	s.Language, s.EntryPoint, s.ProblemDigest = c.Language, c.Entry, c.Digest
	return candidate{Submission: s, path: baseNames(c.Paths), expected: judgement.Acceptance()}, nil
}

// examples reads the example submissions of a package; those that are sound come also with an error.
func (c submitCmd) examples(state *state.Dir, path string) (all []candidate, err error) {
	p, err := packages.Load(path, c.ReadWith(state.Temp))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	examples, unsound := p.Submissions()
	for _, example := range examples {
		files, err := exampleSources(example)
		if err != nil {
			return nil, err
		}
		s := c.submission("", p.Name, files)
		s.Language, s.EntryPoint, s.AllTests = languageToName(example.Language, files), example.EntryPoint, true
		all = append(all, candidate{Submission: s, path: example.Path, expected: example.Expected})
	}
	if unsound != nil {
		return all, exit.Usage(unsound)
	}
	return all, nil
}

// languageToName is what the submission of an example names: nothing where the files tell it, and a worker may prefer
// another language to it.
func languageToName(id string, files []api.SourceFile) string {
	table, err := language.Load("")
	if err != nil {
		return id
	}
	told, err := table.Find("", sandboxFiles(files))
	if err == nil && told.ID == id && slices.ContainsFunc(table.Languages, func(l *language.Language) bool { return l.PreferredTo == id }) {
		return ""
	}
	return id
}

func (c submitCmd) submission(id, problemName string, files []api.SourceFile) api.Submission {
	if id == "" {
		id = c.Qualify(settings.SubmissionID(rand.Text()))
	}
	return api.Submission{
		Version: 1, ID: id, Attempt: c.Attempt, Problem: problemName, Files: files,
		TimeLimitUsec: c.TimeLimit.Duration().Microseconds(), Keep: c.kinds(),
	}
}

func (c submitCmd) options() []client.SubmitOption {
	if c.Queue {
		return []client.SubmitOption{client.StoreAnyway}
	}
	return nil
}

// explainNoWorker names the flag, and the language that was perhaps meant.
func explainNoWorker(err error) error {
	if !errors.Is(err, client.ErrNoWorker) {
		return err
	}
	err = fmt.Errorf("%w (--queue)", err)
	if none := (*client.NoWorkerError)(nil); errors.As(err, &none) && none.Language != "" {
		if hint := suggest.Alike(none.Language, none.There); hint != "" {
			return fmt.Errorf("%w; %s", err, hint)
		}
	}
	return err
}

// kinds are the files to keep: with --artifacts every kind, unless some are named.
func (c submitCmd) kinds() []api.ArtifactKind {
	if c.Artifacts != "" && len(c.Keep) == 0 {
		return api.ArtifactKinds()
	}
	var kinds []api.ArtifactKind
	for _, kind := range c.Keep {
		kinds = append(kinds, api.ArtifactKind(kind))
	}
	return kinds
}

// receipt is a submission that the queue has taken.
type receipt struct {
	Submission string `json:"submission_id"`
	Attempt    int    `json:"attempt"`
	Problem    string `json:"problem"`
	Path       string `json:"submission"`
}

// publish hands the submissions to the queue and returns those that it took.
func (c submitCmd) publish(ctx context.Context, out *terminal.Output, platform *client.Client, candidates []candidate, found *judgement.Tally) (sent []candidate, err error) {
	warned := false
	bar := out.Bar(len(candidates), "submissions")
	for i, one := range candidates {
		bar.Set(i, "publishing %s %s", one.Problem, one.path)
		if err := api.Validate(one.Submission); err != nil {
			found.Reject(out, fmt.Errorf("%s %s: %w", one.Problem, one.path, err))
			continue
		}
		if err := platform.Submit(ctx, string(c.Pool), string(c.Lane), one.Submission, c.options()...); err != nil {
			err = explainNoWorker(err)
			if c.All && errors.Is(err, client.ErrNoWorker) { // others may be in languages that there are
				found.Reject(out, fmt.Errorf("%s %s: %w", one.Problem, one.path, err))
				continue
			}
			if errors.Is(err, client.ErrUsedID) {
				err = exit.Usage(err)
			}
			return sent, err
		}
		sent = append(sent, one)
		need := client.Requirement{Pool: string(c.Pool), Lane: string(c.Lane), Language: one.Language}
		if reason := platform.Paused(ctx, need); reason != "" && !warned {
			warned = true
			out.Note("warning: nobody takes it now: " + reason)
		}
		if c.Wait {
			continue
		}
		if err := printReceipt(out, one); err != nil {
			return sent, err
		}
	}
	out.Done()
	return sent, nil
}

func printReceipt(out *terminal.Output, one candidate) error {
	if out.JSON {
		return out.Object(receipt{one.ID, one.Attempt, one.Submission.Problem, one.path})
	}
	out.Linef("%s  %s %s", one.ID, one.Submission.Problem, one.path)
	return nil
}

// notePending names the submissions that stay in the queue when a command that waits for their verdicts ends early: as objects, or
// by a line for each. what says what they are.
func notePending[T any](out *terminal.Output, what string, pending []T, object func(*terminal.Output, T) error, line func(T) string) {
	if len(pending) == 0 {
		return
	}
	out.Notef("%s %s, still in the queue; gavel watch ID follows one, gavel cancel ID ... ends them:", terminal.Plural(len(pending), "submission"), what)
	for _, one := range pending {
		if out.JSON {
			_ = object(out, one) // an output error is told at the end
			continue
		}
		out.Note(line(one))
	}
}

func noteSubmitted(out *terminal.Output, pending []candidate) {
	notePending(out, "without a verdict", pending, printReceipt, func(one candidate) string {
		return fmt.Sprintf("%s  %s %s", one.ID, one.Submission.Problem, one.path)
	})
}

// await prints the verdicts in the order in which the submissions were published.
func (c submitCmd) await(ctx context.Context, out *terminal.Output, client *client.Client, sent []candidate, found *judgement.Tally) error {
	width := 0
	for _, one := range sent {
		width = max(width, len(one.Problem)+1+len(one.path))
	}
	bar := out.Bar(len(sent), "submissions")
	for i, one := range sent {
		bar.Set(i, "waiting for %s %s", one.Problem, one.path)
		report, err := c.verdict(ctx, client, one)
		if err != nil {
			noteSubmitted(out, sent[i:])
			return err
		}
		j := judgement.New(one.path, one.expected, report)
		found.Add(j.OK)
		if c.All {
			err = j.Print(out, width)
		} else {
			err = j.PrintAlone(out)
		}
		if err == nil && c.Artifacts != "" {
			err = artifacts.Download(ctx, out, client, c.Artifacts, report)
		}
		if err != nil {
			return err
		}
	}
	if len(sent) > 0 {
		out.Note(found.Summary(terminal.Plural(found.Judged, "submission")))
	}
	return nil
}

func (c submitCmd) verdict(ctx context.Context, client *client.Client, one candidate) (api.Report, error) {
	ctx, cancel := waitAtMost(ctx, c.Timeout.Duration(), string(c.Pool))
	defer cancel()
	return client.WaitFor(ctx, one.Submission)
}

// waitAtMost bounds the wait for a verdict; 0 means for ever. pool is "" where it is not known.
func waitAtMost(ctx context.Context, d time.Duration, pool string) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	workers := "its pool"
	if pool != "" {
		workers = "pool " + pool
	}
	return context.WithTimeoutCause(ctx, d,
		fmt.Errorf("no verdict within %v; is a worker of %s running? --timeout TIME waits longer", d, workers))
}
