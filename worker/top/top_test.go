package top

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rivo/uniseg"
	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that tests move on.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// newBusyModel has a worker of two slots with a submission in hand, one that is paused, and one that is lost.
func newBusyModel() (*model, *clock) {
	c := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	m := newModel(c.now)
	at := time.Date(2030, 1, 1, 0, 0, 10, 0, time.UTC) // by the clock of the host, which is another one
	hand := message.InHand{Submission: "s1", Attempt: 2, Try: 1, Lane: "contest", Problem: "sum", Since: at.Add(-7 * time.Second)}
	m.take([]client.Worker{
		{WorkerInfo: message.WorkerInfo{Name: "a", Pool: "default", Host: "h", State: message.WorkerReady, Slots: 2, Busy: 1}, Age: 3 * time.Second},
		{WorkerInfo: message.WorkerInfo{Name: "b", Pool: "default", Host: "h", State: message.WorkerPaused, Reason: "disk is full\x1b[2J", Slots: 2}, Age: time.Second},
		{WorkerInfo: message.WorkerInfo{Name: "c", Pool: "default", Host: "h", State: message.WorkerReady, Slots: 2, Busy: 1}, Age: time.Minute, Lost: true},
	}, []client.LaneState{{Pool: "default", Lane: "contest", Waiting: 3, Oldest: 7 * time.Second, PerMinute: 2, Reason: "all are paused"}}, []message.Hands{
		{Worker: "a", Pool: "default", At: at, InHand: []message.InHand{hand}},
	})
	return m, c
}

func TestPicture(t *testing.T) {
	t.Parallel()
	m, c := newBusyModel()
	begun := c.at
	m.event(api.Event{Submission: "s1", Attempt: 2, Stage: api.StageTest, Test: 3, Tests: 9})
	m.event(api.Event{Submission: "s2", Attempt: 1, Stage: api.StageTest, Test: 1, Tests: 2})
	m.event(api.Event{Submission: "s3", Attempt: 1, Stage: api.StageWaiting})
	c.pass(30 * time.Second)
	m.verdict(api.Report{
		Submission: "s4", Attempt: 1, Problem: "sum", Language: "c", Verdict: verdict.WrongAnswer, Worker: "a",
		Phases: api.Phases{TotalUsec: 2_500_000, QueueWaitUsec: 500_000},
	})
	got := m.show()
	want := picture{
		At: begun.Add(30 * time.Second),
		Workers: []workerPart{
			{"a", "default", "h", "ready", "", 2, 1, 3}, {"b", "default", "h", "paused", "disk is full\x1b[2J", 2, 0, 1}, {"c", "default", "h", "lost", "", 2, 1, 60},
		},
		Lanes: []Lane{{"default", "contest", "", 3, 0, 7, 2, nil, "all are paused"}},
		InHand: []handPart{
			{"a", "default", message.InHand{
				Submission: "s1", Attempt: 2, Try: 1, Lane: "contest", Problem: "sum", Test: 3, Tests: 9,
				Since: time.Date(2030, 1, 1, 0, 0, 3, 0, time.UTC),
			}, 37},
			{"", "", message.InHand{Submission: "s2", Attempt: 1, Try: 1, Test: 1, Tests: 2, Since: begun}, 30},
		},
		Verdicts:  []verdictPart{{"s4", 1, "sum", "c", verdict.WrongAnswer, "a", 2.5, 0.5}},
		PerMinute: 2, WaitMedian: 0.5, WaitMost: 0.5,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(verdictPart{})); diff != "" {
		t.Errorf("show() mismatch (-want +got):\n%s", diff)
	}
	line, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := schematest.Validate(schematest.Schema(t, "top.json"), line); err != nil {
		t.Errorf("%s: %v", line, err)
	}
}

// A verdict takes a submission out of hand at once, although its worker has answered that it has it; and what nobody tells of any more
// is forgotten.
func TestEndedIsNotInHand(t *testing.T) {
	t.Parallel()
	m, c := newBusyModel()
	m.event(api.Event{Submission: "s2", Attempt: 1, Stage: api.StageTest, Test: 1, Tests: 2})
	m.verdict(api.Report{Submission: "s1", Attempt: 2, Verdict: verdict.Accepted})
	m.event(api.Event{Submission: "s1", Attempt: 2, Stage: api.StageDone})
	inHand := func() (ids []string) {
		for _, h := range m.show().InHand {
			ids = append(ids, h.Submission)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"s2"}, inHand()); diff != "" {
		t.Errorf("in hand after the verdict mismatch (-want +got):\n%s", diff)
	}
	m.take(m.workers, nil, m.hands)
	if diff := cmp.Diff([]string{"s2"}, inHand()); diff != "" {
		t.Errorf("in hand with the old answer mismatch (-want +got):\n%s", diff)
	}
	c.pass(2 * forgetAfter)
	m.take(nil, nil, nil)
	if diff := cmp.Diff([]string{}, inHand(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("in hand later mismatch (-want +got):\n%s", diff)
	}
	if len(m.ended) > 0 || len(m.progress) > 0 {
		t.Errorf("what is over is remembered: %v, %v", m.ended, m.progress)
	}
}

func TestScreen(t *testing.T) {
	t.Parallel()
	m, _ := newBusyModel()
	got := strings.Join(screen(m.show(), 0, 0, false), "\n")
	want := `workers: 1 ready, 1 paused, 1 lost; slots: 1 of 4 busy

In hand
  SUBMISSION  PROBLEM  TEST  TIME  LANGUAGE  WORKER  LANE
  s1.2        sum            7s              a       contest

Queue
  POOL     LANE     WAITING  OLDEST  PER MINUTE  EXPECTED WAIT
  default  contest  3        7s      2.0                        all are paused

Workers
  NAME  STATE   BUSY  POOL     HOST  SEEN
  b     paused  0/2   default  h     1s ago  disk is full�[2J

Lost workers
  NAME  STATE  BUSY  POOL     HOST  SEEN
  c     lost   1/2   default  h     1m0s ago

Verdicts
  none since this began`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("screen() mismatch (-want +got):\n%s", diff)
	}
	for _, line := range screen(m.show(), 30, 0, true) {
		if width := uniseg.StringWidth(line); width > 30 {
			t.Errorf("%d columns in place of 30: %s", width, line)
		}
	}
	if n := len(screen(m.show(), 0, 4, true)); n != 4 {
		t.Errorf("%d lines in place of 4", n)
	}
	if got := screen(newModel(time.Now).show(), 0, 0, false); !strings.Contains(strings.Join(got, "\n"), "none; start one with gavel serve") {
		t.Errorf("without workers: %q", got)
	}
}

func TestCommandRefusesHaste(t *testing.T) {
	t.Parallel()
	err := Command{Every: settings.Span(time.Millisecond)}.Run(t.Context(), terminal.New())
	if err == nil || exit.CodeOf(err) != exit.BadRequest {
		t.Errorf("Run() with --every 1ms = %v", err)
	}
}
