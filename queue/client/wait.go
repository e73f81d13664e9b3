package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// Current stands for the current attempt of a submission, whichever that is: see Attempt.
const Current = 0

// checkAttempt takes Current too.
func checkAttempt(id string, attempt int) error {
	if attempt == Current {
		return api.CheckID(id)
	}
	return errors.Join(api.CheckID(id), api.CheckAttempt(attempt))
}

// ErrNoVerdict says that an attempt has no verdict yet.
var ErrNoVerdict = errors.New("there is no verdict yet")

// Verdict reads the verdict of an attempt, which may be Current, without waiting for it; ErrNoVerdict says that there is
// none.
func (c *Client) Verdict(ctx context.Context, id string, attempt int) (api.Report, error) {
	attempt, err := c.resolve(ctx, id, attempt)
	if err != nil {
		return api.Report{}, err
	}
	report, err := c.verdict(ctx, id, attempt)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = ErrNoVerdict
	}
	if err != nil {
		return api.Report{}, fmt.Errorf("read the verdict of submission %s, attempt %d: %w", id, attempt, explain(err))
	}
	return report, nil
}

// verdict reads the verdict of an attempt; jetstream.ErrMsgNotFound means that there is none.
func (c *Client) verdict(ctx context.Context, id string, attempt int) (api.Report, error) {
	report, _, err := c.storedVerdict(ctx, id, attempt)
	return report, err
}

// storedVerdict reads the verdict of an attempt, and when the server stored it.
func (c *Client) storedVerdict(ctx context.Context, id string, attempt int) (report api.Report, at time.Time, err error) {
	msg, err := c.readLast(ctx, message.StreamVerdicts, message.VerdictSubject(id, attempt))
	if err != nil {
		return report, at, err
	}
	at, _ = time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer)) // zero where a server does not tell
	if err := json.Unmarshal(msg.Data, &report); err != nil {
		return report, at, fmt.Errorf("decode verdict of %s: %w", api.AttemptKey(id, attempt), err)
	}
	if report.Submission != id || report.Attempt != attempt {
		return report, at, fmt.Errorf("what is stored on %s is not the verdict of that attempt: who may publish there?", msg.Header.Get(jetstream.SubjectHeader))
	}
	return report, at, nil
}

// Wait returns the verdict of an attempt, as soon as there is one. It may be called before and after. With Current it
// follows the submission: when it is judged again meanwhile, the new attempt is waited for, and a verdict of an older one
// is never returned.
func (c *Client) Wait(ctx context.Context, id string, attempt int) (api.Report, error) {
	var report api.Report
	if err := checkAttempt(id, attempt); err != nil {
		return report, err
	}
	look := func() (err error) {
		report, err = c.verdict(ctx, id, attempt)
		return err
	}
	subjects := []string{message.VerdictSubject(id, attempt)}
	if attempt == Current {
		look = func() (err error) {
			report, err = c.currentVerdict(ctx, id)
			return err
		}
		subjects = []string{"judge.verdicts." + id + ".*", message.EntrySubject(message.BucketAttempts, id)}
	}
	if err := c.await(ctx, subjects, look); err != nil {
		return api.Report{}, fmt.Errorf("wait for the verdict of submission %s: %w", id, err)
	}
	return report, nil
}

// currentVerdict reads the verdict of the current attempt. An attempt that was superseded while its verdict was read is
// none.
func (c *Client) currentVerdict(ctx context.Context, id string) (api.Report, error) {
	before, err := c.Attempt(ctx, id)
	if err != nil {
		return api.Report{}, err
	}
	report, err := c.verdict(ctx, id, before)
	if err != nil {
		return api.Report{}, err
	}
	after, err := c.Attempt(ctx, id)
	if err == nil && after != before {
		err = jetstream.ErrMsgNotFound
	}
	return report, err
}

// Watch yields the events of an attempt from the first one that the server still has, then as they come; the event of
// stage "done" is the last one of an attempt. With Current it follows the submission: events of an attempt end when a
// newer one is seen, and the last event of an attempt that is not current any more is left out. It ends when the
// caller stops, or with the error that ends ctx. On a server with accounts, such as configs/nats/accounts.conf, it begins with
// the newest event, and may leave some out between two others; the last one is there always.
func (c *Client) Watch(ctx context.Context, id string, attempt int) iter.Seq2[api.Event, error] {
	return func(yield func(api.Event, error) bool) {
		if err := checkAttempt(id, attempt); err != nil {
			yield(api.Event{}, err)
			return
		}
		show := filter{c: c, id: id, attempt: attempt, from: c.newFollower(message.StreamEvents, message.EventSubject(id))}
		var failed error
		err := show.from.each(ctx, func(data []byte) (goOn bool) {
			event, shown, err := show.decode(ctx, data)
			if err != nil {
				failed = err
				return false
			}
			return !shown || yield(event, nil)
		})
		if err = cmp.Or(failed, err); err != nil {
			yield(api.Event{}, fmt.Errorf("watch submission %s: %w", id, err))
		}
	}
}

// filter says which events of a submission are those of an attempt.
type filter struct {
	c       *Client
	id      string
	attempt int
	newest  int // attempt that is known; 0 at first
	from    *follower
	ended   bool // the last event of an attempt that is not the newest any more was made up for
}

// decode reads an event and reports whether it is one of the attempt.
func (f *filter) decode(ctx context.Context, data []byte) (event api.Event, shown bool, err error) {
	if err := json.Unmarshal(data, &event); err != nil {
		return event, false, err
	}
	if f.from.newestOnly && f.attempt != Current && event.Attempt > f.attempt {
		return f.end(ctx)
	}
	shown, err = f.wants(ctx, event)
	return event, shown, err
}

// end makes the last event of an attempt from its verdict, where the events of a later one have taken the place of its own.
func (f *filter) end(ctx context.Context) (event api.Event, shown bool, err error) {
	if f.ended {
		return event, false, nil
	}
	report, err := f.c.Wait(ctx, f.id, f.attempt)
	if err != nil {
		return event, false, err
	}
	f.ended = true
	return api.Event{
		Version: api.Version, Submission: f.id, Attempt: f.attempt, Stage: api.StageDone, Verdict: string(report.Verdict),
	}, true, nil
}

func (f *filter) wants(ctx context.Context, e api.Event) (bool, error) {
	if f.attempt != Current {
		return e.Attempt == f.attempt, nil
	}
	if f.newest == 0 || e.Stage == api.StageDone {
		err := f.c.await(ctx, nil, func() error {
			n, err := f.c.Attempt(ctx, f.id)
			f.newest = max(f.newest, n)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	f.newest = max(f.newest, e.Attempt)
	return e.Attempt == f.newest, nil
}
