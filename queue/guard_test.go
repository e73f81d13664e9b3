package queue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// panicOn is a logger that panics at a message, as a stand-in for a mistake anywhere outside the judge, the first times.
func panicOn(text string, times int32) zerolog.Logger {
	var left atomic.Int32
	left.Store(times)
	return zerolog.New(io.Discard).Hook(zerolog.HookFunc(func(_ *zerolog.Event, _ zerolog.Level, msg string) {
		if msg == text && left.Add(-1) >= 0 {
			panic("made for this test")
		}
	}))
}

// A panic behind the judge costs the submission a try, and the other one in hand nothing.
func TestPanicWhileHandling(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Slots, cfg.Log = 2, panicOn("submission judged", 1)
	start(t, conn, cfg, queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"), queuetest.Submission("s2"))
	for _, id := range []string{"s1", "s2"} {
		if got := queuetest.WaitVerdict(t, conn, id).Verdict; got != verdict.Accepted {
			t.Errorf("%s: verdict %s", id, got)
		}
	}
	queuetest.Emptied(t, conn)
}

// A panic behind the runner costs the request alone, which gets an answer.
func TestPanicWhileServing(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Log = panicOn("run request served", 1)
	serveRuns(t, conn, cfg, echo)
	request := asker(t, conn)
	payload, err := json.Marshal(runRequest("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, result := request("judge.run", string(payload), false)
	if result.Error == nil || result.Error.Class != api.RunHost || !strings.Contains(result.Error.Message, "panic") {
		t.Errorf("result of the first: %+v", result)
	}
	if _, result = request("judge.run", string(payload), false); result.Error != nil {
		t.Errorf("result of the second: %+v", result.Error)
	}
}

// A panic in a goroutine below the judge, which the judge has recovered, is logged with its stack, and not with its value.
func TestPanicBelowTheJudge(t *testing.T) {
	var log bytes.Buffer
	err := guarded(zerolog.New(&log), "judging", func() error {
		var below errgroup.Group
		below.Go(func() error { return guard.Call(func() error { panic("contestant's secret") }) })
		return fmt.Errorf("test 3: %w", below.Wait())
	})
	if err == nil || !strings.Contains(err.Error(), "panic while judging") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(log.String(), "TestPanicBelowTheJudge") || strings.Contains(log.String(), "secret") {
		t.Errorf("log %s, want the stack and not the value", log.String())
	}
}
