package queue

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// victimEnv turns the test binary into a worker on the server that it names, to be killed; triesEnv is its MaxDeliver.
const (
	victimEnv = "GAVEL_QUEUE_TEST_VICTIM"
	triesEnv  = "GAVEL_QUEUE_TEST_TRIES"
)

// deadly begins the IDs of submissions that kill their worker.
const deadly = "deadly"

// runVictim works until it is killed. It writes a line for each submission that it starts, and one for each that it ends.
func runVictim(url string) {
	tries, err := strconv.Atoi(os.Getenv(triesEnv))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	conn, err := client.Connect(ctx, client.Config{URL: url})
	if err != nil {
		panic(err)
	}
	cfg := quick()
	cfg.Slots, cfg.Name, cfg.MaxDeliver = 2, fmt.Sprint("victim-", os.Getpid()), tries
	var lasts time.Duration
	if tries < 1000 { // not everything may have ended when the deadly one comes again
		lasts = cfg.AckWait / 10
	}
	w, err := NewWorker(conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		fmt.Println(s.ID)
		if strings.HasPrefix(s.ID, deadly) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		retry.Sleep(ctx, lasts)
		defer fmt.Println(ended + s.ID)
		return queuetest.Accept(ctx, s, emit)
	})
	if err != nil {
		panic(err)
	}
	if err := w.Run(ctx, ctx); err != nil {
		panic(err)
	}
}

// ended begins the line of a submission that has ended.
const ended = "ended "

// startVictim runs a worker process, and returns how to kill it and a channel of what it writes, closed when it is dead.
func startVictim(t *testing.T, url string, tries int) (kill func(), judging <-chan string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimEnv+"="+url, triesEnv+"="+strconv.Itoa(tries))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	var reading sync.WaitGroup
	reading.Go(func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
		close(lines)
	})
	killed := false
	kill = func() {
		if killed {
			return
		}
		killed = true
		_ = cmd.Process.Kill() // it may have died by itself, and then Wait tells
		reading.Wait()
		_ = cmd.Wait() // "signal: killed"
	}
	t.Cleanup(kill)
	return kill, lines
}

// Worker processes are killed one after the other in the middle of their work. In the end each submission has one
// verdict, one last event, and nothing is left.
func TestKilledWorkersLoseNothing(t *testing.T) {
	const n, victims = 120, 6
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var all []api.Submission
	for _, id := range ids(n) {
		all = append(all, queuetest.Submission(id))
	}
	submitWhenReady(t, conn, all...)
	for i := range victims {
		kill, judging := startVictim(t, conn.URL(), 1000)
		for range 2 * (2 + 3*i) { // each dies at another point of its life
			queuetest.Receive(t, judging, "a worker process to start or end a submission")
		}
		retry.Sleep(queuetest.Context(t), time.Duration(i)*300*time.Microsecond) // and at another step of a submission
		kill()
	}
	start(t, conn, quick(), queuetest.Accept)
	for _, s := range all {
		if got := queuetest.WaitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Fatalf("%s: verdict %s", s.ID, got)
		}
		events := queuetest.Watch(t, conn, s.ID)
		if last := events[len(events)-1]; last.Verdict != "AC" {
			t.Errorf("%s: last event %+v", s.ID, last)
		}
	}
	queuetest.Emptied(t, conn)
	queuetest.WantCount(t, conn, message.StreamVerdicts, n)
	queuetest.WantCount(t, conn, message.StreamDead, 0)
	done := 0
	for _, msg := range queuetest.Messages(t, conn, message.StreamEvents) {
		var e api.Event
		queuetest.DecodeJSON(t, msg.Data, &e)
		if e.Stage == api.StageDone {
			done++
		}
	}
	if done != n {
		t.Errorf("%d last events, want %d", done, n)
	}
}

// A submission that kills each worker that judges it takes three of them, the last one alone, and then a dead letter and a
// judge error. What else was in hand is judged.
func TestDeadlySubmission(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	all := []api.Submission{queuetest.Submission(deadly)}
	for _, id := range ids(120) {
		all = append(all, queuetest.Submission(id))
	}
	submitWhenReady(t, conn, all...)
	deaths, besides := 0, 0 // the last is what the last worker that died had in hand beside the deadly one
	for deaths < 3 {
		_, lines := startVictim(t, conn.URL(), cfg.withDefaults().MaxDeliver)
		inHand := map[string]bool{}
		next := func() string { return queuetest.Receive(t, lines, "what a worker has in hand, or its death") }
		for line := next(); line != ""; line = next() {
			id, over := strings.CutPrefix(line, ended)
			if inHand[id] = true; over {
				delete(inHand, id)
			}
		}
		if !inHand[deadly] {
			t.Fatalf("a worker died with %v in hand", inHand)
		}
		deaths, besides = deaths+1, len(inHand)-1
	}
	if besides > 0 {
		t.Errorf("the third worker had %d other submissions in hand when it died", besides)
	}
	start(t, conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		if s.ID == deadly {
			t.Error("judged a fourth time")
		}
		return queuetest.Accept(ctx, s, emit)
	})
	got := queuetest.WaitVerdict(t, conn, deadly)
	if got.Verdict != verdict.JudgeError || got.Error.Class != verdict.ClassHost || !strings.Contains(got.Error.Message, "3 of the workers") {
		t.Errorf("verdict %s: %+v", got.Verdict, got.Error)
	}
	for _, s := range all[1:] {
		if got := queuetest.WaitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Errorf("%s: verdict %s", s.ID, got)
		}
	}
	queuetest.WantCount(t, conn, message.StreamDead, 1)
}
