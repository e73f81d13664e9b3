package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// BenchmarkOverhead times one submission after the other through an embedded server with a judge that costs nothing:
// all that is measured is the queue. median-us is from the publication to the verdict in the client's hands.
func BenchmarkOverhead(b *testing.B) {
	conn := connect(b, embeddedServer(b).URL())
	platform := connect(b, conn.URL())
	start(b, conn, Config{Slots: 1, IdleLook: 100 * time.Millisecond}, accept)
	if err := EnsureStreams(testContext(b), conn, 1); err != nil {
		b.Fatal(err)
	}
	user := client.New(platform)
	ctx := context.Background()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		s := submission(fmt.Sprint("s", i))
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

// BenchmarkThroughput drains a full queue with two slots.
func BenchmarkThroughput(b *testing.B) {
	conn := connect(b, embeddedServer(b).URL())
	if err := EnsureStreams(testContext(b), conn, 1); err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		submit(b, conn, submission(fmt.Sprint("s", i)))
	}
	done := make(chan struct{}, b.N)
	b.ResetTimer()
	start(b, conn, Config{Slots: 2, IdleLook: 100 * time.Millisecond},
		func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
			defer func() { done <- struct{}{} }()
			return accept(ctx, s, emit)
		})
	for range b.N {
		<-done
	}
}
