package queue

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// patience is how long a test waits for what must happen.
const patience = time.Minute

func TestMain(m *testing.M) {
	if url := os.Getenv(victimEnv); url != "" {
		runVictim(url)
		return
	}
	if dir := os.Getenv(backlogServerEnv); dir != "" {
		runBacklogServer(dir)
		return
	}
	if url := os.Getenv(backlogWorkerEnv); url != "" {
		runBacklogWorker(url)
		return
	}
	if where := os.Getenv(fetcherEnv); where != "" {
		runFetcher(where)
		return
	}
	goleak.VerifyTestMain(m)
}

// testContext ends with the test, or when it takes far too long.
func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// startServer runs an embedded server of its own for the test.
func embeddedServer(t testing.TB) *Embedded {
	t.Helper()
	return embeddedIn(t, t.TempDir(), "127.0.0.1:0")
}

func embeddedIn(t testing.TB, dir, address string) *Embedded {
	t.Helper()
	srv, err := StartEmbedded(EmbeddedConfig{Dir: dir, Address: address, Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.ErrorLevel)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	return srv
}

func connect(t testing.TB, url string) *client.Conn {
	t.Helper()
	conn, err := client.Connect(testContext(t), client.Config{URL: url, ReconnectWait: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// quick is a configuration whose waits are short.
func quick() Config {
	return Config{
		Slots: 1, Name: "tester", AckWait: 500 * time.Millisecond, RetryDelay: 10 * time.Millisecond,
		MaxRetryDelay: 20 * time.Millisecond, IdleLook: 100 * time.Millisecond, Grace: 5 * time.Second,
		Patience: 2 * time.Second,
	}
}

// running is a worker that runs.
type running struct {
	*Worker
	drain context.CancelFunc // stop taking
	kill  context.CancelFunc // end work
	done  chan error
}

// start runs a worker until the test ends.
func start(t testing.TB, conn *client.Conn, cfg Config, j Judge) *running {
	t.Helper()
	w, err := NewWorker(conn, cfg, j)
	if err != nil {
		t.Fatal(err)
	}
	fetchCtx, drain := context.WithCancel(context.Background())
	workCtx, kill := context.WithCancel(context.Background())
	r := &running{Worker: w, drain: drain, kill: kill, done: make(chan error, 1)}
	var loop sync.WaitGroup
	loop.Go(func() { r.done <- w.Run(fetchCtx, workCtx) })
	t.Cleanup(func() {
		drain()
		kill()
		loop.Wait()
	})
	return r
}

// stop drains the worker and waits until it has ended.
func (r *running) stop(t testing.TB) {
	t.Helper()
	r.drain()
	if err := receive(t, r.done, "end of the worker"); err != nil {
		t.Fatalf("Run: %v", err)
	}
	r.done <- nil
}

// receive waits for something to come out of a channel.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
		panic("not reached")
	}
}

// eventually asks again and again until ok says yes.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx := testContext(t)
	for !ok() {
		if !pause(ctx, 2*time.Millisecond) {
			t.Fatalf("waited %v until %s", patience, what)
		}
	}
}

func submission(id string) message.Submission {
	return message.Submission{
		Version: 1, ID: id, Attempt: 1, Problem: "sum", Language: "cpp17",
		Files: []message.SourceFile{{Name: "a.cpp", Text: "int main() {}"}},
	}
}

// accept judges everything right.
func accept(_ context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
	emit(message.Event{Stage: message.StageCompiling})
	emit(message.Event{Stage: message.StageTest, Test: 1, Tests: 1})
	return accepted(s), nil
}

func accepted(s message.Submission) message.Report {
	return message.Report{
		Language: s.Language, LanguageVersion: "g++ 12", Verdict: verdict.Accepted,
		CPUUsec: 1000, WallUsec: 2000, PeakMemory: 4096, TimeLimitUsec: 1_000_000, MemoryLimit: 1 << 28,
		Tests: []message.TestReport{{Name: "secret/1", Verdict: verdict.Accepted, CPUUsec: 1000, WallUsec: 2000, PeakMemory: 4096}},
	}
}

func submit(t testing.TB, conn *client.Conn, subs ...message.Submission) {
	t.Helper()
	for _, s := range subs {
		if err := client.New(conn).Submit(testContext(t), message.DefaultPool, message.LanePractice, s, client.StoreAnyway); err != nil {
			t.Fatal(err)
		}
	}
}

// publish puts any bytes into the lane.
func publish(t testing.TB, conn *client.Conn, payload []byte) {
	t.Helper()
	if _, err := conn.JetStream().Publish(testContext(t), message.SubmissionSubject(message.DefaultPool, message.LanePractice, ""), payload); err != nil {
		t.Fatal(err)
	}
}

func waitVerdict(t testing.TB, conn *client.Conn, id string) message.Report {
	t.Helper()
	report, err := client.New(conn).Wait(testContext(t), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// state counts the messages of a stream.
func count(t testing.TB, conn *client.Conn, stream string) uint64 {
	t.Helper()
	s, err := conn.JetStream().Stream(testContext(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// emptied waits until every submission was acknowledged.
func emptied(t testing.TB, conn *client.Conn) {
	t.Helper()
	eventually(t, "the work queue is empty", func() bool { return count(t, conn, message.StreamSubmissions) == 0 })
}

// want fails the test unless a stream has n messages.
func wantCount(t testing.TB, conn *client.Conn, stream string, n uint64) {
	t.Helper()
	if got := count(t, conn, stream); got != n {
		t.Errorf("stream %s has %d messages, want %d", stream, got, n)
	}
}

func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("s%d", i)
	}
	return out
}
