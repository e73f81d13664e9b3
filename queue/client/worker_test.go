package client_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick is a configuration of a worker whose waits are short.
func quick() queue.Config {
	return queue.Config{
		Slots: 1, Name: "tester", AckWait: 500 * time.Millisecond, RetryDelay: 10 * time.Millisecond,
		MaxRetryDelay: 20 * time.Millisecond, IdlePoll: 100 * time.Millisecond, Grace: 5 * time.Second,
		Patience: 2 * time.Second,
	}
}

// start runs a worker until the test ends.
func start(t testing.TB, conn *client.Conn, cfg queue.Config, j queue.Judge) *queuetest.Running {
	t.Helper()
	w, err := queue.NewWorker(conn, cfg, j)
	if err != nil {
		t.Fatal(err)
	}
	return queuetest.Run(t, w)
}

// submitWhenReady makes the streams first.
func submitWhenReady(t testing.TB, conn *client.Conn, subs ...api.Submission) {
	t.Helper()
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, subs...)
}
