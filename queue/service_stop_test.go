package queue

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// A worker that stops finishes what runs, and takes no more; after the grace time it says that it could not.
func TestRunServiceDrains(t *testing.T) {
	for name, grace := range map[string]time.Duration{"within the grace time": time.Minute, "after it": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			conn := queuetest.Connect(t, queuetest.Server(t).URL())
			cfg := quick()
			cfg.Grace = grace
			begun, goOn := make(chan string, 1), make(chan struct{})
			s := serveRuns(t, conn, cfg, blocking(begun, goOn))
			other := queuetest.Connect(t, conn.URL())
			ask := asker(t, other)
			answer := make(chan api.RunResult, 1)
			var asking sync.WaitGroup
			defer asking.Wait()
			asking.Go(func() {
				_, result := ask("judge.run", apitest.GoodRun(), false)
				answer <- result
			})
			queuetest.Receive(t, begun, "the request")
			s.Drain()
			queuetest.Eventually(t, "the worker has left", func() bool {
				_, err := client.New(other).Run(queuetest.Context(t), message.DefaultPool, runRequest("late"))
				if err == nil {
					t.Fatal("a request was taken while stopping")
				}
				return errors.Is(err, nats.ErrNoResponders)
			})
			if grace == time.Minute {
				close(goOn)
			}
			result := queuetest.Receive(t, answer, "the answer")
			if grace == time.Minute && result.Error != nil {
				t.Errorf("result %+v", result.Error)
			}
			if grace != time.Minute && (result.Error == nil || result.Error.Class != api.RunUnavailable || result.Error.Message != ErrDraining.Error()) {
				t.Errorf("result %+v", result)
			}
			if err := queuetest.Receive(t, s.ended, "end of the service"); err != nil {
				t.Errorf("Run() = %v", err)
			}
		})
	}
}

func TestRunServiceHeedsTheGate(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Gate = new(Gate)
	serveRuns(t, conn, cfg, echo)
	cfg.Gate.Close("disk", "disk is full")
	_, result := asker(t, conn)("judge.run", apitest.GoodRun(), false)
	if result.Error == nil || result.Error.Class != api.RunUnavailable || !strings.Contains(result.Error.Message, "disk is full") {
		t.Errorf("result %+v", result)
	}
	if _, err := client.New(conn).Run(queuetest.Context(t), message.DefaultPool, runRequest("")); !errors.Is(err, client.ErrBusy) {
		t.Errorf("Run() = %v, want ErrBusy", err)
	}
	cfg.Gate.Open("disk")
	if _, err := client.New(conn).Run(queuetest.Context(t), message.DefaultPool, runRequest("")); err != nil {
		t.Errorf("Run() = %v", err)
	}
}

// A client that goes away leaves nothing but its own run behind.
func TestRunOutlivesItsClient(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	begun, goOn := make(chan string, 1), make(chan struct{})
	s := serveRuns(t, conn, quick(), blocking(begun, goOn))
	ctx, leave := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	left := make(chan error, 1)
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() {
		_, err := client.New(conn).Run(ctx, message.DefaultPool, runRequest(""))
		left <- err
	})
	queuetest.Receive(t, begun, "the request")
	leave(gone)
	if err := queuetest.Receive(t, left, "the client"); !errors.Is(err, gone) {
		t.Errorf("Run() = %v, want %v", err, gone)
	}
	close(goOn)
	queuetest.Eventually(t, "the slot is free", func() bool {
		giveBack, ok := s.Borrow()
		if ok {
			giveBack()
		}
		return ok
	})
}
