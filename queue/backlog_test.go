package queue

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// A long queue must not slow a worker or grow its memory. Server, worker and publisher are processes of their own, so that
// each one's memory is its own; the judge returns at once, so that all that is measured is the queue.
const (
	backlogServerEnv = "GAVEL_QUEUE_TEST_SERVER" // turns the test binary into a server on that directory
	backlogWorkerEnv = "GAVEL_QUEUE_TEST_WORKER" // turns it into a worker on that server
	backlogChunk     = 1000                      // submissions that one worker judges
	backlogRounds    = 5
)

// runBacklogServer serves until it is killed.
func runBacklogServer(dir string) {
	srv, err := embedded.Start(embedded.Config{Dir: dir, Address: "127.0.0.1:0"})
	if err != nil {
		panic(err)
	}
	fmt.Println(srv.URL())
	select {}
}

// runBacklogWorker judges a chunk, and tells how long it took and how much memory it has then.
func runBacklogWorker(url string) {
	ctx, stop := context.WithCancel(context.Background())
	conn, err := client.Connect(ctx, client.Config{URL: url})
	if err != nil {
		panic(err)
	}
	var judged atomic.Int64
	var began time.Time
	var took time.Duration
	w, err := NewWorker(conn, Config{Slots: 1}, func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		switch judged.Add(1) {
		case 1:
			began = time.Now()
		case backlogChunk:
			took = time.Since(began)
			stop()
		}
		return queuetest.Accept(ctx, s, emit)
	})
	if err != nil {
		panic(err)
	}
	if err := w.Run(ctx, context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(took.Microseconds(), residentKiB(os.Getpid()))
}

func residentKiB(pid int) int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		panic(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		panic(err)
	}
	return pages * os.Getpagesize() / 1024
}

// backlog is what was measured with so many submissions waiting.
type backlog struct {
	perSubmission time.Duration
	worker        int // KiB
	server        int // KiB
}

// TestBacklog compares a queue of 1,000 submissions with a long one, of as many as GAVEL_BACKLOG says. What it measures
// holds on a host that does nothing else, and without the race detector: so it runs by hand.
func TestBacklog(t *testing.T) {
	text := os.Getenv("GAVEL_BACKLOG")
	if text == "" {
		t.Skip("measures times and memory: make backlog")
	}
	long, err := strconv.Atoi(text)
	if err != nil || long < backlogChunk*backlogRounds {
		t.Fatalf("GAVEL_BACKLOG=%q: want a number of submissions, at least %d", text, backlogChunk*backlogRounds)
	}
	few, many := measureBacklog(t, backlogChunk), measureBacklog(t, long)
	t.Logf("%-12s %16s %14s %14s", "waiting", "each takes", "worker", "server")
	for n, b := range map[int]backlog{backlogChunk: few, long: many} {
		t.Logf("%-12d %16v %10d KiB %10d KiB", n, b.perSubmission, b.worker, b.server)
	}
	slower := float64(many.perSubmission) / float64(few.perSubmission)
	grown := many.worker - few.worker
	t.Logf("time %.2f times, memory of the worker %.2f times", slower, float64(many.worker)/float64(few.worker))
	// The time is that of a server and its disk on a machine that does other things too.
	if slower > 3 || grown > 16<<10 {
		t.Errorf("a backlog of %d: %.2f times as slow, the worker has %d KiB more", long, slower, grown)
	}
}

// measureBacklog lets several workers, one after the other, judge a chunk of a queue that has n submissions, and returns the
// medians.
func measureBacklog(t *testing.T, n int) backlog {
	t.Helper()
	server, url := startSelf(t, backlogServerEnv, t.TempDir())
	conn := queuetest.Connect(t, url)
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	var took []time.Duration
	var memory []int
	for published := 0; len(took) < backlogRounds; {
		if waiting := int(queuetest.Count(t, conn, message.StreamSubmissions)); waiting < n && (n == backlogChunk || published == 0) {
			publishMany(t, conn, published, n-waiting)
			published += n - waiting
		}
		_, line := startSelf(t, backlogWorkerEnv, url)
		var us, kib int
		if _, err := fmt.Sscan(line, &us, &kib); err != nil {
			t.Fatalf("worker says %q: %v", line, err)
		}
		took, memory = append(took, time.Duration(us)*time.Microsecond/backlogChunk), append(memory, kib)
	}
	slices.Sort(took)
	slices.Sort(memory)
	return backlog{took[backlogRounds/2], memory[backlogRounds/2], residentKiB(server)}
}

// startSelf runs the test binary as something else, and returns the first line that it writes.
func startSelf(t *testing.T, env, value string) (pid int, line string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), env+"="+value)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // "signal: killed"
	})
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v", env, err)
	}
	return cmd.Process.Pid, strings.TrimSpace(line)
}

// publishMany publishes small submissions without waiting for each answer.
func publishMany(t *testing.T, conn *client.Conn, first, n int) {
	t.Helper()
	js, err := jetstream.New(conn.NATS(), jetstream.WithPublishAsyncMaxPending(4000))
	if err != nil {
		t.Fatal(err)
	}
	for i := first; i < first+n; i++ {
		s := queuetest.Submission(fmt.Sprint("s", i))
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		subject := message.SubmissionSubject(message.DefaultPool, message.LanePractice, s.ID)
		if _, err := js.PublishAsync(subject, data, jetstream.WithStallWait(queuetest.Patience)); err != nil {
			t.Fatal(err)
		}
	}
	queuetest.Receive(t, js.PublishAsyncComplete(), "everything to be stored")
}
