package queue

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

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

// quick is a configuration whose waits are short.
func quick() Config {
	return Config{
		Slots: 1, Name: "tester", AckWait: 500 * time.Millisecond, RetryDelay: 10 * time.Millisecond,
		MaxRetryDelay: 20 * time.Millisecond, IdlePoll: 100 * time.Millisecond, Grace: 5 * time.Second,
		Patience: 2 * time.Second,
	}
}

func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("s%d", i)
	}
	return out
}

// running is a worker that runs.
type running struct {
	*Worker
	*queuetest.Running
}

// start runs a worker until the test ends.
func start(t testing.TB, conn *client.Conn, cfg Config, j Judge) *running {
	t.Helper()
	w, err := NewWorker(conn, cfg, j)
	if err != nil {
		t.Fatal(err)
	}
	return &running{Worker: w, Running: queuetest.Run(t, w)}
}

// rawMessage is a submission message as the stream has it.
func rawMessage(id string, payload []byte) jetstream.RawStreamMsg {
	return jetstream.RawStreamMsg{
		Subject: message.SubmissionSubject(message.DefaultPool, message.LanePractice, id), Data: payload, Sequence: 1, Time: time.Now(),
	}
}

// takesWork returns what reports whether a worker takes submissions.
func takesWork(w interface{ Unready() string }) func() bool {
	return func() bool { return w.Unready() == "" }
}
