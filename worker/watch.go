package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/artifacts"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// watchCmd follows one submission.
type watchCmd struct {
	settings.State
	settings.Naming
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Attempt   int                   `help:"Which judgement of the submission to follow; by default the current one, also when it is judged again meanwhile."  placeholder:"N"`
	Artifacts string                `help:"Write the files that were kept beside the verdict into DIR." placeholder:"DIR"`
	Timeout   settings.Span         `default:"10m" help:"How long to wait for the verdict; 0 means for ever." placeholder:"TIME"`
	ID        settings.SubmissionID `arg:""        help:"Identifier of the submission."                name:"id"`
}

// lateEventWait is how long events may come behind the verdict: they are published apart from it.
const lateEventWait = 2 * time.Second

// unseenWait is how long nothing may happen before watch says so.
const unseenWait = 3 * time.Second

func (c watchCmd) Run(ctx context.Context, out *terminal.Output) error {
	if c.Attempt < 0 {
		return exit.Usage(fmt.Errorf("--attempt %d: attempts count from 1", c.Attempt))
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	report, err := c.follow(ctx, out, platform)
	if err != nil {
		return err
	}
	if c.Artifacts != "" {
		err = artifacts.Download(ctx, out, platform, c.Artifacts, report)
	}
	return errors.Join(err, c.print(out, report))
}

// follow prints events until the verdict is there. A verdict outlives its events on the server, so that it
// may come alone.
func (c watchCmd) follow(ctx context.Context, out *terminal.Output, client *client.Client) (report api.Report, err error) {
	ctx, stop := waitAtMost(ctx, c.Timeout.Duration(), "")
	defer stop()
	events, stopEvents := context.WithCancel(ctx)
	defer stopEvents()
	var seen atomic.Bool
	defer time.AfterFunc(unseenWait, func() {
		if !seen.Load() {
			out.Notef("nothing has happened to %s: it waits in the queue, or the ID is wrong", c.Qualify(c.ID))
		}
	}).Stop()
	var group errgroup.Group
	group.Go(func() error { return c.printEvents(events, out, client, &seen) })
	group.Go(func() error {
		var err error
		report, err = client.Wait(ctx, c.Qualify(c.ID), c.Attempt)
		if err != nil {
			stopEvents()
			return err
		}
		seen.Store(true)
		time.AfterFunc(lateEventWait, stopEvents)
		return nil
	})
	return report, group.Wait()
}

func (c watchCmd) printEvents(ctx context.Context, out *terminal.Output, client *client.Client, seen *atomic.Bool) error {
	for ev, err := range client.Watch(ctx, c.Qualify(c.ID), c.Attempt) {
		switch {
		case errors.Is(err, context.Canceled):
			return nil // the verdict is there, or its wait tells why not
		case err != nil:
			return err
		}
		seen.Store(true)
		if err := printEvent(out, ev); err != nil || ev.Stage == api.StageDone {
			return err
		}
	}
	return nil
}

func printEvent(out *terminal.Output, ev api.Event) error {
	if out.JSON {
		return out.Object(ev)
	}
	if ev.Stage != api.StageDone {
		out.Notef("%s", judgement.StageText(ev))
	}
	return nil
}

// print prints the judgement. What was expected is not known, so what it must get is AC.
func (c watchCmd) print(out *terminal.Output, r api.Report) error {
	j := judgement.New("", judgement.Acceptance(), r)
	if err := j.PrintAlone(out); err != nil {
		return err
	}
	return j.Err()
}
