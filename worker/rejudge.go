package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// rejudgeCmd judges submissions again.
type rejudgeCmd struct {
	settings.State
	settings.Naming
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Problem  settings.ProblemName    `help:"Judge every submission to this problem again."                                     placeholder:"NAME"`
	Verdict  verdicts                `help:"Of those of --problem, only the ones that now have one of these verdicts: WA,TLE." placeholder:"VERDICT,..."`
	Language string                  `help:"Of those of --problem, only the ones in this language."                            placeholder:"ID"`
	Pool     settings.SubjectToken   `help:"Pool to judge them; by default the one that judged them before."                   placeholder:"NAME"`
	Lane     settings.SubjectToken   `default:"rejudge" help:"Lane of the pool: contest, practice or rejudge."                 placeholder:"NAME"`
	DryRun   bool                    `help:"Say what would be judged again, and do nothing."`
	Wait     bool                    `help:"Wait for the new verdicts."`
	Timeout  settings.Span           `default:"10m" help:"How long to wait for the next verdict; 0 means for ever."            placeholder:"TIME"`
	IDs      []settings.SubmissionID `arg:"" optional:"" help:"Identifiers of the submissions."                                name:"id"`
}

// verdicts is a list of verdicts such as WA,TLE.
type verdicts []verdict.Code

func (v *verdicts) UnmarshalText(text []byte) error {
	*v = nil
	for name := range strings.SplitSeq(string(text), ",") {
		code := verdict.Code(strings.TrimSpace(name))
		if !slices.Contains(verdict.Codes(), code) {
			return fmt.Errorf("%q is not a list of verdicts; write some of %v with commas between", text, verdict.Codes())
		}
		*v = append(*v, code)
	}
	return nil
}

func (c rejudgeCmd) validate() error {
	switch {
	case (len(c.IDs) > 0) == (c.Problem != ""):
		return exit.Usage(errors.New("name the submissions, or --problem NAME for all of a problem; one of the two"))
	case c.Problem == "" && (len(c.Verdict) > 0 || c.Language != ""):
		return exit.Usage(errors.New("--verdict and --language narrow --problem down; leave them out where submissions are named"))
	case c.DryRun && c.Wait:
		return exit.Usage(errors.New("--dry-run and --wait exclude each other; leave one out"))
	}
	return checkLane(c.Lane)
}

// rejudgeResult is a submission that is judged again.
type rejudgeResult struct {
	Submission string       `json:"submission_id"`
	Attempt    int          `json:"attempt"` // the new one; with --dry-run the one that there is
	Problem    string       `json:"problem"`
	Language   string       `json:"language,omitempty"`
	Was        verdict.Code `json:"was,omitempty"`     // verdict of the attempt before, where it has one
	Verdict    verdict.Code `json:"verdict,omitempty"` // with --wait
}

func (c rejudgeCmd) Run(ctx context.Context, out *terminal.Output) error {
	if err := c.validate(); err != nil {
		return err
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	var found judgement.Tally
	plan, err := c.plan(ctx, out, platform, &found)
	if err != nil {
		return err
	}
	switch {
	case len(plan) == 0 && c.Problem != "":
		out.Notef("no submission to %s in the archive is to be judged again", c.Problem)
	case c.Problem != "" || c.DryRun:
		verb := "judging"
		if c.DryRun {
			verb = "would judge"
		}
		out.Notef("%s %s again", verb, terminal.Plural(len(plan), "submission"))
	}
	bar := out.Bar(len(plan), "submissions")
	for i, one := range plan {
		if !c.DryRun {
			bar.Set(i, "publishing %s", one.Submission)
			receipt, err := platform.Rejudge(ctx, one.Submission, client.Target{Pool: string(c.Pool), Lane: string(c.Lane)})
			if err != nil && c.Wait {
				noteRejudging(out, plan[:i])
			}
			if err != nil {
				return err
			}
			plan[i].Attempt = receipt.Attempt
		}
		if c.Wait {
			continue
		}
		if err := plan[i].print(out); err != nil {
			return err
		}
	}
	if c.Wait {
		err = c.await(ctx, out, platform, plan)
	}
	return errors.Join(err, found.Err("submission could be judged again"))
}

// plan finds what is to be judged again. A named submission that is not in the archive is reported and left out.
func (c rejudgeCmd) plan(ctx context.Context, out *terminal.Output, platform *client.Client, found *judgement.Tally) ([]rejudgeResult, error) {
	var plan []rejudgeResult
	for _, id := range c.IDs {
		archived, err := platform.FindArchived(ctx, c.Qualify(id))
		if errors.Is(err, client.ErrNotArchived) {
			found.Reject(out, fmt.Errorf("%s: %w", c.Qualify(id), err))
			continue
		}
		one, err := c.lookUp(ctx, platform, archived, err)
		if err != nil {
			return nil, err
		}
		plan = append(plan, one)
	}
	if c.Problem == "" {
		return plan, nil
	}
	for archived, err := range platform.Archive(ctx) {
		if err == nil && archived.Problem != string(c.Problem) {
			continue
		}
		one, err := c.lookUp(ctx, platform, archived, err)
		if err != nil {
			return nil, err
		}
		if c.matches(one) {
			plan = append(plan, one)
		}
	}
	return plan, nil
}

// lookUp adds the current attempt and verdict of a submission.
func (c rejudgeCmd) lookUp(ctx context.Context, platform *client.Client, archived client.Archived, err error) (rejudgeResult, error) {
	if err != nil {
		return rejudgeResult{}, err
	}
	one := rejudgeResult{
		Submission: archived.Submission, Problem: archived.Problem, Language: archived.Language,
	}
	if one.Attempt, err = platform.Attempt(ctx, one.Submission); err != nil {
		return one, err
	}
	report, err := platform.Verdict(ctx, one.Submission, one.Attempt)
	if errors.Is(err, client.ErrNoVerdict) {
		return one, nil
	}
	if one.Was = report.Verdict; report.Language != "" {
		one.Language = report.Language
	}
	return one, err
}

func (c rejudgeCmd) matches(one rejudgeResult) bool {
	return (len(c.Verdict) == 0 || slices.Contains(c.Verdict, one.Was)) && (c.Language == "" || one.Language == c.Language)
}

// await prints the new verdicts in the order in which the submissions were published.
func (c rejudgeCmd) await(ctx context.Context, out *terminal.Output, platform *client.Client, plan []rejudgeResult) error {
	bar := out.Bar(len(plan), "submissions")
	for i, one := range plan {
		bar.Set(i, "waiting for %s", one.Submission)
		report, err := c.verdict(ctx, platform, one)
		if err != nil {
			noteRejudging(out, plan[i:])
			return err
		}
		one.Verdict = report
		if err := one.print(out); err != nil {
			return err
		}
	}
	return nil
}

func noteRejudging(out *terminal.Output, pending []rejudgeResult) {
	object := func(out *terminal.Output, one rejudgeResult) error { return one.print(out) }
	notePending(out, "judged again without a verdict yet", pending, object, func(one rejudgeResult) string {
		return fmt.Sprintf("%s  attempt %d", one.Submission, one.Attempt)
	})
}

func (c rejudgeCmd) verdict(ctx context.Context, platform *client.Client, one rejudgeResult) (verdict.Code, error) {
	ctx, stop := waitAtMost(ctx, c.Timeout.Duration(), string(c.Pool))
	defer stop()
	report, err := platform.Wait(ctx, one.Submission, one.Attempt)
	return report.Verdict, err
}

func (r rejudgeResult) print(out *terminal.Output) error {
	if out.JSON {
		return out.Object(r)
	}
	line := fmt.Sprintf("%s  attempt %d  %s", r.Submission, r.Attempt, r.Problem)
	if r.Language != "" {
		line += "  " + r.Language
	}
	switch {
	case r.Verdict != "" && r.Was != "":
		line += fmt.Sprintf("  %s -> %s", r.Was, r.Verdict)
	case r.Verdict != "":
		line += "  " + string(r.Verdict)
	case r.Was != "":
		line += "  was " + string(r.Was)
	}
	out.Linef("%s", line)
	return nil
}
