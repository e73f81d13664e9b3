package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// deadCmd deals with what could not be judged.
type deadCmd struct {
	List   deadListCmd   `cmd:"" help:"List dead letters, the oldest first."`
	Show   deadShowCmd   `cmd:"" help:"Print the dead letters of a submission; with --format json all of them, with the original."`
	Replay deadReplayCmd `cmd:"" help:"Publish again what a dead letter holds, after what was wrong has been mended."`
}

// class is whose fault a judge error is.
type class verdict.Class

func (c *class) UnmarshalText(text []byte) error {
	switch verdict.Class(text) {
	case "", verdict.ClassHost, verdict.ClassProblem, verdict.ClassLanguage, verdict.ClassChecker:
		*c = class(text)
		return nil
	}
	return fmt.Errorf("%q is not a class; write host, problem, language or checker", text)
}

// matches reports whether a letter is of the class; "" is every class.
func (c class) matches(letter message.DeadLetter) bool {
	return c == "" || letter.Class == verdict.Class(c)
}

type deadListCmd struct {
	settings.State
	NATS  connect.Settings `embed:"" group:"nats" prefix:"nats-"`
	Class class            `help:"Only those of a class: host, problem, language or checker." placeholder:"CLASS"`
}

func (c deadListCmd) Run(ctx context.Context, out *terminal.Output) error {
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	n := 0
	for letter, err := range platform.DeadLetters(ctx, "") {
		if err != nil {
			return err
		}
		if !c.Class.matches(letter) {
			continue
		}
		n++
		if err := printDeadLine(out, letter); err != nil {
			return err
		}
	}
	out.Note(terminal.Plural(n, "dead letter"))
	return nil
}

func printDeadLine(out *terminal.Output, l message.DeadLetter) error {
	if out.JSON {
		return out.Object(l.Summary())
	}
	out.Row(nil, []string{l.Published.Format(time.RFC3339), nameOf(l), "attempt " + attemptOf(l), string(l.Class)}, terminal.SingleLine(l.Reason))
	return nil
}

// unknownID stands for the messages that tell no ID.
const unknownID = "unknown"

// nameOf is what the letter's submission is called on the command line.
func nameOf(l message.DeadLetter) string {
	if l.Submission == "" {
		return unknownID
	}
	return l.Submission
}

func attemptOf(l message.DeadLetter) string {
	if l.Attempt == 0 {
		return "unknown"
	}
	return strconv.Itoa(l.Attempt)
}

type deadShowCmd struct {
	settings.State
	settings.Naming
	NATS connect.Settings      `embed:"" group:"nats" prefix:"nats-"`
	ID   settings.SubmissionID `arg:"" help:"Identifier of the submission, or unknown for messages that tell none." name:"id"`
}

func (c deadShowCmd) Run(ctx context.Context, out *terminal.Output) error {
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	found := false
	for letter, err := range platform.DeadLetters(ctx, deadID(c.Naming, c.ID)) {
		if err != nil {
			return err
		}
		found = true
		if err := showDead(out, letter); err != nil {
			return err
		}
	}
	if !found {
		return exit.Usage(fmt.Errorf("there is no dead letter of %s; gavel dead list shows those that are there", c.ID))
	}
	return nil
}

// deadID is id for dead letters, of which those of messages that tell no ID are in no namespace.
func deadID(s settings.Naming, id settings.SubmissionID) string {
	if id == unknownID {
		return string(id)
	}
	return s.Qualify(id)
}

func showDead(out *terminal.Output, l message.DeadLetter) error {
	if out.JSON {
		return out.Object(l)
	}
	out.Table([][]string{
		{"submission", nameOf(l)},
		{"attempt", attemptOf(l)},
		{"class", string(l.Class)},
		{"reason", l.Reason},
		{"subject", l.Subject},
		{"published", l.Published.Format(time.RFC3339Nano)},
		{"deliveries", strconv.Itoa(l.Deliveries)},
		{"worker", l.Worker},
		{"payload", fmt.Sprintf("%d bytes", len(l.Payload))},
	})
	return nil
}

type deadReplayCmd struct {
	settings.State
	settings.Naming
	NATS  connect.Settings        `embed:"" group:"nats" prefix:"nats-"`
	All   bool                    `help:"Every dead letter."`
	Class class                   `help:"Only those of a class: host, problem, language or checker."   placeholder:"CLASS"`
	Pool  settings.SubjectToken   `help:"Pool to judge them; by default that of the original."         placeholder:"NAME"`
	Lane  settings.SubjectToken   `help:"Lane of the pool; by default that of the original."           placeholder:"NAME"`
	IDs   []settings.SubmissionID `arg:"" optional:"" help:"Identifiers of the submissions."           name:"id"`
}

func (c deadReplayCmd) validate() error {
	if c.All == (len(c.IDs) > 0) {
		return exit.Usage(errors.New("name the submissions, or --all for every dead letter; one of the two"))
	}
	if c.Lane == "" {
		return nil
	}
	return checkLane(c.Lane)
}

// replayResult is a submission that is judged again.
type replayResult struct {
	Submission string `json:"submission_id"`
	Attempt    int    `json:"attempt"`
}

func (c deadReplayCmd) Run(ctx context.Context, out *terminal.Output) error {
	if err := c.validate(); err != nil {
		return err
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	ids := c.IDs
	if c.All {
		ids = []settings.SubmissionID{""} // every one
	}
	var found judgement.Tally
	for _, id := range ids {
		n, err := c.replay(ctx, out, platform, deadID(c.Naming, id), &found)
		if err != nil {
			return err
		}
		switch {
		case n == 0 && c.All:
			out.Note("no dead letters")
		case n == 0:
			found.Reject(out, fmt.Errorf("there is no dead letter of %s", id))
		}
	}
	if found.Broken != nil {
		return exit.Usage(errors.New("not every dead letter could be replayed, see above"))
	}
	return nil
}

// replay publishes the letters of a submission, and returns how many there are. One whose attempt is not the current one
// any more has been dealt with, and is passed over.
func (c deadReplayCmd) replay(ctx context.Context, out *terminal.Output, platform *client.Client, id string, found *judgement.Tally) (n int, err error) {
	for letter, err := range platform.DeadLetters(ctx, id) {
		if err != nil {
			return n, err
		}
		if !c.Class.matches(letter) {
			continue
		}
		n++
		receipt, err := platform.Replay(ctx, letter, client.Target{Pool: string(c.Pool), Lane: string(c.Lane)})
		switch {
		case errors.Is(err, client.ErrSuperseded):
			continue
		case errors.Is(err, api.ErrRejected):
			found.Reject(out, err)
			continue
		case err != nil:
			return n, err
		}
		if out.JSON {
			err = out.Object(replayResult{receipt.Submission, receipt.Attempt})
		} else {
			out.Linef("%s  attempt %d", receipt.Submission, receipt.Attempt)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func checkLane(lane settings.SubjectToken) error {
	if err := message.CheckLane(string(lane)); err != nil {
		return exit.Usage(fmt.Errorf("--%w", err))
	}
	return nil
}
