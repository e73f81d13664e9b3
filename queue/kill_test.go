package queue

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// victimEnv turns the test binary into a worker on the server that it names, to be killed.
const victimEnv = "GAVEL_QUEUE_TEST_VICTIM"

// runVictim works until it is killed. It writes a line for each submission that it starts.
func runVictim(url string) {
	ctx := context.Background()
	conn, err := client.Connect(ctx, client.Config{URL: url})
	if err != nil {
		panic(err)
	}
	cfg := quick()
	cfg.Slots, cfg.Name, cfg.MaxDeliver = 2, fmt.Sprint("victim-", os.Getpid()), 1000
	w, err := NewWorker(conn, cfg, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		fmt.Println(s.ID)
		return queuetest.Accept(ctx, s, emit)
	})
	if err != nil {
		panic(err)
	}
	if err := w.Run(ctx, ctx); err != nil {
		panic(err)
	}
}

// startVictim runs a worker process, and returns how to kill it and a channel of the submissions that it starts.
func startVictim(t *testing.T, url string) (kill func(), judging <-chan string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimEnv+"="+url)
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
		kill, judging := startVictim(t, conn.URL())
		for range 2 + 3*i { // each dies at another point of its life
			queuetest.Receive(t, judging, "a worker process to start a submission")
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
