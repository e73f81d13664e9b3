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

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
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
	w, err := NewWorker(conn, cfg, func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		fmt.Println(s.ID)
		return accept(ctx, s, emit)
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
	conn := connect(t, embeddedServer(t).URL())
	var all []message.Submission
	for _, id := range ids(n) {
		all = append(all, submission(id))
	}
	submitWhenReady(t, conn, all...)
	for i := range victims {
		kill, judging := startVictim(t, conn.URL())
		for range 2 + 3*i { // each dies at another point of its life
			receive(t, judging, "a worker process to start a submission")
		}
		pause(testContext(t), time.Duration(i)*300*time.Microsecond) // and at another step of a submission
		kill()
	}
	start(t, conn, quick(), accept)
	for _, s := range all {
		if got := waitVerdict(t, conn, s.ID).Verdict; got != verdict.Accepted {
			t.Fatalf("%s: verdict %s", s.ID, got)
		}
		events := watch(t, conn, s.ID)
		if last := events[len(events)-1]; last.Verdict != "AC" {
			t.Errorf("%s: last event %+v", s.ID, last)
		}
	}
	emptied(t, conn)
	wantCount(t, conn, message.StreamVerdicts, n)
	wantCount(t, conn, message.StreamDead, 0)
	done := 0
	for _, msg := range messages(t, conn, message.StreamEvents) {
		var e message.Event
		decodeJSON(t, msg.Data, &e)
		if e.Stage == message.StageDone {
			done++
		}
	}
	if done != n {
		t.Errorf("%d last events, want %d", done, n)
	}
}
