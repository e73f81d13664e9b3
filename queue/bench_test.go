package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// BenchmarkOverhead times one submission after the other through an embedded server with a judge that costs nothing:
// all that is measured is the queue. median-us is from the publication to the verdict in the client's hands.
func BenchmarkOverhead(b *testing.B) {
	srv := queuetest.Server(b)
	conn, err := client.Connect(queuetest.Context(b), client.Config{URL: srv.URL(), InProcess: srv}) // as a worker does
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(conn.Close)
	platform := queuetest.Connect(b, srv.URL())
	start(b, conn, Config{Slots: 1, IdlePoll: 100 * time.Millisecond}, queuetest.Accept)
	if err := storage.Ensure(queuetest.Context(b), conn, 1); err != nil {
		b.Fatal(err)
	}
	user := client.New(platform)
	ctx := context.Background()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		s := queuetest.Submission(fmt.Sprint("s", i))
		began := time.Now()
		if err := user.Submit(ctx, message.DefaultPool, message.LanePractice, s, client.StoreAnyway); err != nil {
			b.Fatal(err)
		}
		if _, err := user.Wait(ctx, s.ID, 1); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// BenchmarkSubmit times the publication of one submission after the other: what it costs that the server has each on the disk
// before it says so.
func BenchmarkSubmit(b *testing.B) {
	for name, always := range map[string]bool{"synced": true, "unsynced": false} {
		b.Run(name, func(b *testing.B) {
			srv, err := embedded.Start(embedded.Config{Dir: b.TempDir(), Address: "127.0.0.1:0", SyncAlways: always})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := srv.Stop(); err != nil {
					b.Error(err)
				}
			})
			conn := queuetest.Connect(b, srv.URL())
			if err := storage.Ensure(queuetest.Context(b), conn, 1); err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				queuetest.Submit(b, conn, queuetest.Submission(fmt.Sprint("s", i)))
			}
		})
	}
}

// BenchmarkThroughput drains a full queue with two slots.
func BenchmarkThroughput(b *testing.B) {
	conn := queuetest.Connect(b, queuetest.Server(b).URL())
	if err := storage.Ensure(queuetest.Context(b), conn, 1); err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		queuetest.Submit(b, conn, queuetest.Submission(fmt.Sprint("s", i)))
	}
	done := make(chan struct{}, b.N)
	b.ResetTimer()
	start(b, conn, Config{Slots: 2, IdlePoll: 100 * time.Millisecond},
		func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
			defer func() { done <- struct{}{} }()
			return queuetest.Accept(ctx, s, emit)
		})
	for range b.N {
		<-done
	}
}
