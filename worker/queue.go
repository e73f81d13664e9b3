package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/top"
)

// queueCmd looks into the queue.
type queueCmd struct {
	List queueListCmd `cmd:"" default:"withargs" help:"List the lanes of all pools: how much waits, for how long, and how soon it has its turn. This is what gavel queue does."`
	Show queueShowCmd `cmd:"" help:"Tell where a submission stands in the queue."`
	Drop queueDropCmd `cmd:"" help:"Take out of the queue what nobody takes, and keep it as dead letters."`
}

type queueListCmd struct {
	settings.State
	NATS connect.Settings      `embed:"" group:"nats" prefix:"nats-"`
	Pool settings.SubjectToken `help:"Only lanes of a pool."     placeholder:"NAME"`
	Lane settings.SubjectToken `help:"Only a lane of each pool." placeholder:"NAME"`
}

func (c queueListCmd) Run(ctx context.Context, out *terminal.Output) error {
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	lanes, err := platform.Lanes(ctx)
	if err != nil {
		return err
	}
	lanes = slices.DeleteFunc(lanes, func(l client.LaneState) bool {
		return c.Pool != "" && l.Pool != string(c.Pool) || c.Lane != "" && l.Lane != string(c.Lane)
	})
	return printLanes(out, lanes)
}

func printLanes(out *terminal.Output, lanes []client.LaneState) error {
	var rows [][]string
	for _, l := range lanes {
		if out.JSON {
			if err := out.Object(top.NewLane(l)); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, laneRow(l))
	}
	switch {
	case out.JSON:
	case len(lanes) == 0:
		out.Note("the queue is empty, and no live worker serves any lane")
	default:
		out.Listing([]string{"POOL", "LANE", "WAITING", "IN HAND", "OLDEST", "PER MINUTE", "EXPECTED WAIT", ""}, rows)
	}
	return nil
}

func laneRow(l client.LaneState) []string {
	reason := terminal.SingleLine(l.Reason)
	if l.Reason != "" && l.Waiting > 0 {
		reason = "nobody takes it: " + reason
	}
	oldest, pool := "", l.Pool
	if l.Oldest > 0 {
		oldest = age(l.Oldest)
	}
	if l.Subject != "" {
		pool = terminal.SingleLine(l.Subject)
	}
	return []string{
		pool, l.Lane, strconv.FormatUint(l.Waiting, 10), strconv.FormatUint(l.InHand, 10), oldest,
		strconv.FormatFloat(l.PerMinute, 'f', 1, 64), waitWords(l.Wait(l.Waiting + 1)), reason,
	}
}

// age is a time for people, to the second.
func age(d time.Duration) string { return d.Round(time.Second).String() }

func waitWords(wait time.Duration, known bool) string {
	switch {
	case !known:
		return "not known"
	case wait == 0:
		return "none"
	}
	return "about " + age(max(wait, time.Second))
}

type queueShowCmd struct {
	settings.State
	settings.Naming
	NATS    connect.Settings      `embed:"" group:"nats" prefix:"nats-"`
	Attempt int                   `help:"Which judgement of the submission; by default the current one." placeholder:"N"`
	ID      settings.SubmissionID `arg:"" help:"Identifier of the submission." name:"id"`
}

// queuedLine is a submission in the queue in JSON.
type queuedLine struct {
	Submission string    `json:"submission_id"`
	Attempt    int       `json:"attempt"`
	Pool       string    `json:"pool,omitempty"`
	Lane       string    `json:"lane,omitempty"`
	Subject    string    `json:"subject"`
	Published  time.Time `json:"published"`
	State      string    `json:"state"`                           // waiting, or in_hand: of a worker, or put aside for a while after a fault
	Position   uint64    `json:"position,omitempty"`              // among those of the lane that wait, from 1
	Waiting    uint64    `json:"waiting"`                         // in the lane
	Wait       *float64  `json:"expected_wait_seconds,omitempty"` // left out where it is not known
	Reason     string    `json:"reason,omitempty"`                // why nobody takes it
}

// Run tells where the submission stands. One that is not in the queue is a request that cannot work.
func (c queueShowCmd) Run(ctx context.Context, out *terminal.Output) error {
	if c.Attempt < 0 {
		return exit.Usage(fmt.Errorf("--attempt %d: attempts count from 1", c.Attempt))
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	found, err := findQueued(ctx, out, platform, c.Qualify(c.ID), c.Attempt)
	if err != nil {
		return err
	}
	lanes, err := platform.Lanes(ctx)
	if err != nil {
		return err
	}
	return printQueued(out, found, stateOf(lanes, found))
}

// findQueued searches the queue, and says what has become of a submission that is not there.
func findQueued(ctx context.Context, out *terminal.Output, platform *client.Client, id string, attempt int) (client.QueuedSubmission, error) {
	report, err := platform.Verdict(ctx, id, attempt)
	judged := err == nil
	found, err := platform.FindQueued(ctx, id, attempt, func(n int) {
		if n%100 == 0 {
			out.Progressf("searching: %s", terminal.Plural(n, "submission"))
		}
	})
	out.Done()
	switch {
	case !errors.Is(err, client.ErrNotQueued):
		return found, err
	case judged:
		return found, exit.Usage(fmt.Errorf("%s, attempt %d, is not in the queue: it has the verdict %s", id, report.Attempt, report.Verdict))
	}
	return found, exit.Usage(fmt.Errorf("%s is not in the queue, and has no verdict; gavel dead show %[1]s tells whether it could not be judged", id))
}

// stateOf is the lane of a submission.
func stateOf(lanes []client.LaneState, of client.QueuedSubmission) client.LaneState {
	i := slices.IndexFunc(lanes, func(l client.LaneState) bool {
		if l.Subject != "" {
			return l.Subject == of.Subject
		}
		return l.Pool == of.Pool && l.Lane == of.Lane
	})
	if i < 0 {
		return client.LaneState{Pool: of.Pool, Lane: of.Lane} // it has been taken in between
	}
	return lanes[i]
}

func printQueued(out *terminal.Output, q client.QueuedSubmission, l client.LaneState) error {
	line := queuedLine{
		Submission: q.ID, Attempt: q.Attempt, Pool: q.Pool, Lane: q.Lane, Subject: q.Subject, Published: q.Published,
		State: "in_hand", Position: q.Position, Waiting: max(l.Waiting, q.Position), Reason: l.Reason,
	}
	wait, known := l.Wait(q.Position)
	if q.Position > 0 {
		line.State = "waiting"
		if known {
			line.Wait = new(wait.Seconds())
		}
	}
	if out.JSON {
		return out.Object(line)
	}
	rows := [][]string{
		{"submission", q.ID}, {"attempt", strconv.Itoa(q.Attempt)}, {"published", q.Published.Format(time.RFC3339)}, {"subject", q.Subject},
	}
	if q.Position > 0 {
		rows = append(rows, []string{"position", fmt.Sprintf("%d of %d that wait in the lane", q.Position, line.Waiting)},
			[]string{"expected wait", waitWords(wait, known)})
	} else {
		rows = append(rows, []string{"position", "a worker has it, or has put it aside for a while after a fault"})
	}
	if l.Reason != "" {
		rows = append(rows, []string{"nobody takes it", terminal.SingleLine(l.Reason)})
	}
	out.Table(rows)
	return nil
}

// queueTarget is what is to be dropped: a submission by its identifier, or everything on a subject.
type queueTarget string

const submissionSubjects = "judge.submissions."

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *queueTarget) UnmarshalText(text []byte) error {
	*t = queueTarget(text)
	if !t.isSubject() {
		return new(settings.SubmissionID).UnmarshalText(text)
	}
	if strings.ContainsAny(string(text), "*> \t\r\n") {
		return fmt.Errorf("%q has wildcards; name one lane, such as judge.submissions.gpu.contest: it stands for every namespace", text)
	}
	return nil
}

func (t *queueTarget) isSubject() bool { return strings.HasPrefix(string(*t), submissionSubjects) }

type queueDropCmd struct {
	settings.State
	settings.Naming
	NATS    connect.Settings `embed:"" group:"nats" prefix:"nats-"`
	Reason  string           `help:"Why, for the verdict and the dead letter: at most 500 characters." placeholder:"TEXT"`
	Targets []queueTarget    `arg:"" help:"Identifiers of submissions, or subjects: judge.submissions.gpu.contest is all that waits in a lane, in every namespace." name:"subject|id"`
}

// dropResult is what became of a target.
type dropResult struct {
	Subject    string `json:"subject"`
	Submission string `json:"submission_id,omitempty"` // where one was named
	Dropped    int    `json:"dropped"`
}

func (c queueDropCmd) Run(ctx context.Context, out *terminal.Output) error {
	if len([]rune(c.Reason)) > message.MaxReason {
		return exit.Usage(fmt.Errorf("--reason has %d characters; at most %d fit", len([]rune(c.Reason)), message.MaxReason))
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	workers, err := platform.Workers(ctx)
	if err != nil {
		return err
	}
	dropped := 0
	for _, target := range c.Targets {
		result, err := c.drop(ctx, out, platform, workers, target)
		if err != nil {
			return err
		}
		if out.JSON {
			err = out.Object(result)
		} else {
			out.Linef("%s  %s dropped", cmp.Or(result.Submission, result.Subject), terminal.Plural(result.Dropped, "submission"))
		}
		if err != nil {
			return err
		}
		dropped += result.Dropped
	}
	if dropped > 0 {
		out.Note("they are kept: gavel dead list shows them, gavel dead replay judges them again")
	}
	return nil
}

func (c queueDropCmd) drop(ctx context.Context, out *terminal.Output, platform *client.Client, workers []client.Worker, target queueTarget) (one dropResult, err error) {
	one.Subject = string(target)
	sequence := uint64(0) // all of the subject
	if !target.isSubject() {
		one.Submission = c.Qualify(settings.SubmissionID(target))
		found, err := findQueued(ctx, out, platform, one.Submission, client.Current)
		if err != nil {
			return one, err
		}
		one.Subject, sequence = found.Subject, found.Sequence
	}
	if err := refuseServed(workers, one.Subject); err != nil {
		return one, err
	}
	reason := cmp.Or(c.Reason, "no worker served "+one.Subject)
	for _, subject := range droppedSubjects(one.Subject, sequence) {
		n, err := queue.Drop(ctx, platform.Conn(), subject, sequence, "it was dropped from the queue: "+reason)
		one.Dropped += n
		if err != nil {
			return one, err
		}
	}
	return one, nil
}

// droppedSubjects are those on which is dropped: of a lane, those of namespaces too.
func droppedSubjects(subject string, sequence uint64) []string {
	pool, lane, namespace, err := message.ParseSubmissionSubject(subject)
	if sequence > 0 || err != nil || namespace != "" {
		return []string{subject}
	}
	return message.LaneSubjects(pool, lane)
}

// refuseServed refuses to drop what a worker takes, or is about to.
func refuseServed(workers []client.Worker, subject string) error {
	pool, lane, _, err := message.ParseSubmissionSubject(subject)
	if err == nil && client.AvailabilityOf(workers, client.Requirement{Pool: pool, Lane: lane}) != client.Unavailable {
		return exit.Usage(fmt.Errorf("a worker serves lane %s of pool %s, or did a moment ago: gavel cancel takes submissions out of a queue that is served",
			lane, pool))
	}
	return nil
}
