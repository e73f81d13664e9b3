package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/terminal"
)

// printed is what a command prints, in both formats.
func printed(t *testing.T, print func(*terminal.Output) error) (text, json string) {
	t.Helper()
	var results [2]bytes.Buffer
	for i := range results {
		if err := print(&terminal.Output{Stdout: &results[i], Stderr: &results[i], JSON: i == 1}); err != nil {
			t.Fatal(err)
		}
	}
	return results[0].String(), results[1].String()
}

func TestPrintLanes(t *testing.T) {
	t.Parallel()
	text, json := printed(t, func(out *terminal.Output) error {
		return printLanes(out, []client.LaneState{
			{Subject: "judge.submissions.x", Waiting: 1, Oldest: time.Hour, Reason: "of no lane"},
			{Pool: "default", Lane: "contest", Waiting: 12, InHand: 2, Oldest: 95*time.Second + 1, PerMinute: 20.44},
			{Pool: "default", Lane: "rejudge", Reason: "paused"},
		})
	})
	want := strings.ReplaceAll(`POOL                 LANE     WAITING  IN HAND  OLDEST  PER MINUTE  EXPECTED WAIT|
judge.submissions.x           1        0        1h0m0s  0.0         not known      nobody takes it: of no lane
default              contest  12       2        1m35s   20.4        not known|
default              rejudge  0        0                0.0         not known      paused
`, "|", "")
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("printLanes() mismatch (-want +got):\n%s", diff)
	}
	want = `{"subject":"judge.submissions.x","waiting":1,"in_hand":0,"oldest_seconds":3600,"per_minute":0,"reason":"of no lane"}
{"pool":"default","lane":"contest","waiting":12,"in_hand":2,"oldest_seconds":95.000000001,"per_minute":20.44}
{"pool":"default","lane":"rejudge","waiting":0,"in_hand":0,"oldest_seconds":0,"per_minute":0,"reason":"paused"}
`
	if diff := cmp.Diff(want, json); diff != "" {
		t.Errorf("printLanes() mismatch in JSON (-want +got):\n%s", diff)
	}
	text, json = printed(t, func(out *terminal.Output) error { return printLanes(out, nil) })
	if diff := cmp.Diff([]string{"the queue is empty, and no live worker serves any lane\n", ""}, []string{text, json}); diff != "" {
		t.Errorf("printLanes() of none mismatch (-want +got):\n%s", diff)
	}
}

func TestPrintQueued(t *testing.T) {
	t.Parallel()
	queued := client.QueuedSubmission{
		Identity: api.Identity{ID: "s1", Attempt: 2}, Pool: "gpu", Lane: "contest", Subject: "judge.submissions.gpu.contest",
		Published: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Position: 3,
	}
	lane := client.LaneState{Pool: "gpu", Lane: "contest", Waiting: 7, Reason: "no live worker"}
	text, json := printed(t, func(out *terminal.Output) error { return printQueued(out, queued, lane) })
	want := `submission       s1
attempt          2
published        2026-01-02T03:04:05Z
subject          judge.submissions.gpu.contest
position         3 of 7 that wait in the lane
expected wait    not known
nobody takes it  no live worker
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("printQueued() mismatch (-want +got):\n%s", diff)
	}
	want = `{"submission_id":"s1","attempt":2,"pool":"gpu","lane":"contest","subject":"judge.submissions.gpu.contest",` +
		`"published":"2026-01-02T03:04:05Z","state":"waiting","position":3,"waiting":7,"reason":"no live worker"}` + "\n"
	if diff := cmp.Diff(want, json); diff != "" {
		t.Errorf("printQueued() mismatch in JSON (-want +got):\n%s", diff)
	}
	queued.Position = 0
	text, json = printed(t, func(out *terminal.Output) error { return printQueued(out, queued, client.LaneState{}) })
	if !strings.HasSuffix(text, "position    a worker has it, or has put it aside for a while after a fault\n") || !strings.Contains(json, `"state":"in_hand","waiting":0}`) {
		t.Errorf("printQueued() of one in hand:\n%s%s", text, json)
	}
}
