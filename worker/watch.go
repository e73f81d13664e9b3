package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// watchCmd follows one submission.
type watchCmd struct {
	stateSettings
	NATS natsSettings `embed:"" prefix:"nats-"`

	Attempt   int          `help:"Which judgement of the submission to follow; by default the current one, also when it is judged again meanwhile."  placeholder:"N"`
	Artifacts string       `help:"Write the files that were kept beside the verdict into DIRECTORY." placeholder:"DIRECTORY"`
	Timeout   span         `default:"10m" help:"How long to wait for the verdict; 0 means for ever." placeholder:"TIME"`
	ID        submissionID `arg:""        help:"Identifier of the submission."                name:"id"`
}

// lateEvents is how long events may come behind the verdict: they are published apart from it.
const lateEvents = 2 * time.Second

func (c watchCmd) Run(ctx context.Context, out *output) error {
	if c.Attempt < 0 {
		return usageError{fmt.Errorf("--attempt %d: attempts count from 1", c.Attempt)}
	}
	platform, done, err := c.NATS.platform(ctx, c.stateSettings)
	if err != nil {
		return err
	}
	defer done()
	report, err := c.follow(ctx, out, platform)
	if err != nil {
		return err
	}
	if c.Artifacts != "" {
		err = downloadArtifacts(ctx, out, platform, c.Artifacts, report)
	}
	return errors.Join(err, c.print(out, report))
}

// follow prints events until the verdict is there. A verdict outlives its events on the server, so that it
// may come alone.
func (c watchCmd) follow(ctx context.Context, out *output, client *client.Client) (report message.Report, err error) {
	ctx, stop := waitAtMost(ctx, c.Timeout.duration(), "the submission's pool")
	defer stop()
	events, stopEvents := context.WithCancel(ctx)
	defer stopEvents()
	var group errgroup.Group
	group.Go(func() error { return c.printEvents(events, out, client) })
	group.Go(func() error {
		var err error
		report, err = client.Wait(ctx, string(c.ID), c.Attempt)
		if err != nil {
			stopEvents()
			return err
		}
		time.AfterFunc(lateEvents, stopEvents)
		return nil
	})
	return report, group.Wait()
}

func (c watchCmd) printEvents(ctx context.Context, out *output, client *client.Client) error {
	for ev, err := range client.Watch(ctx, string(c.ID), c.Attempt) {
		switch {
		case errors.Is(err, context.Canceled):
			return nil // the verdict is there, or its wait tells why not
		case err != nil:
			return err
		}
		if err := printEvent(out, ev); err != nil || ev.Stage == message.StageDone {
			return err
		}
	}
	return nil
}

func printEvent(out *output, ev message.Event) error {
	if out.json {
		return out.object(ev)
	}
	if ev.Stage != message.StageDone {
		out.remarkf("%s", stageText(ev))
	}
	return nil
}

// print prints the whole report for programs, and what people want to know of it.
func (c watchCmd) print(out *output, r message.Report) error {
	ok := r.Verdict == verdict.Accepted
	if out.json {
		if err := out.object(r); err != nil {
			return err
		}
	} else {
		printReport(out, r)
		if err := newJudgement(string(c.ID), nil, nil, r).printAlone(out); err != nil {
			return err
		}
	}
	if !ok {
		return errNotOK
	}
	return nil
}
