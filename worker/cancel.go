package main

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// cancelCmd asks for the end of submissions.
type cancelCmd struct {
	settings.State
	settings.Naming
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Attempt int                     `help:"Which judgement of the submissions to end; by default the current one." placeholder:"N"`
	Reason  string                  `help:"Why, for the report: at most 500 characters."                           placeholder:"TEXT"`
	IDs     []settings.SubmissionID `arg:"" help:"Identifiers of the submissions."                                 name:"id"`
}

func (c cancelCmd) validate() error {
	if c.Attempt < 0 {
		return exit.Usage(fmt.Errorf("--attempt %d: attempts count from 1", c.Attempt))
	}
	if n := utf8.RuneCountInString(c.Reason); n > message.MaxReason {
		return exit.Usage(fmt.Errorf("--reason has %d characters; at most %d fit", n, message.MaxReason))
	}
	return nil
}

// cancelResult is what became of a request.
type cancelResult struct {
	Submission string       `json:"submission_id"`
	Attempt    int          `json:"attempt"`
	Unknown    bool         `json:"unknown,omitempty"` // no worker has seen the submission; it counts should it come
	Requested  bool         `json:"requested"`         // false where the attempt had its verdict already
	Verdict    verdict.Code `json:"verdict,omitempty"` // that it had
}

// Run asks for each, and ends with exit.NotOK where one was judged already.
func (c cancelCmd) Run(ctx context.Context, out *terminal.Output) error {
	if err := c.validate(); err != nil {
		return err
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	late := false
	for _, id := range c.IDs {
		one, err := c.cancel(ctx, platform, c.Qualify(id))
		if err != nil {
			return err
		}
		late = late || !one.Requested && one.Verdict != verdict.Canceled
		if err := one.print(out); err != nil {
			return err
		}
	}
	if late {
		return exit.ErrNotOK
	}
	return nil
}

func (c cancelCmd) cancel(ctx context.Context, platform *client.Client, id string) (one cancelResult, err error) {
	one = cancelResult{Submission: id, Attempt: c.Attempt, Requested: true}
	if one.Attempt == client.Current {
		if one.Attempt, err = platform.Attempt(ctx, id); err != nil {
			return one, err
		}
	}
	_, unknown := platform.FindArchived(ctx, id)
	one.Unknown = errors.Is(unknown, client.ErrNotArchived)
	err = platform.Cancel(ctx, id, one.Attempt, c.Reason)
	if judged := (*client.JudgedError)(nil); errors.As(err, &judged) {
		one.Requested, one.Unknown, one.Verdict = false, false, judged.Report.Verdict
		err = nil
	}
	return one, err
}

func (c cancelResult) print(out *terminal.Output) error {
	switch {
	case out.JSON:
		return out.Object(c)
	case c.Requested && c.Unknown:
		out.Linef("%s  attempt %d: cancellation requested, but no worker has seen this submission: it waits in the queue, or the ID is wrong",
			c.Submission, c.Attempt)
	case c.Requested:
		out.Linef("%s  attempt %d: cancellation requested", c.Submission, c.Attempt)
	default:
		out.Linef("%s  attempt %d has verdict %s already", c.Submission, c.Attempt, c.Verdict)
	}
	return nil
}
