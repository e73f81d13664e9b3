package queue

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/lanes"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// fillRegistry enters workers w0000, w0001 and so on, which say nothing more for an hour.
func fillRegistry(t *testing.T, conn *client.Conn, n int) {
	t.Helper()
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(conn.NATS(), jetstream.WithPublishAsyncMaxPending(1000))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		info := readyWorker(fmt.Sprintf("w%04d", i))
		info.Interval = 3600
		data, err := json.Marshal(info)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.PublishAsync(message.EntrySubject(message.BucketWorkers, info.Name), data); err != nil {
			t.Fatal(err)
		}
	}
	queuetest.Receive(t, js.PublishAsyncComplete(), "every entry to be stored")
}

// A server gives 1,024 entries at once.
func TestRegistryOfAnySizeIsRead(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	const n = 2100
	fillRegistry(t, conn, n)
	workers, err := client.New(conn).Workers(queuetest.Context(t))
	if err != nil || len(workers) != n {
		t.Fatalf("Workers() = %d workers, %v; want %d", len(workers), err, n)
	}
	for i, w := range workers {
		if want := fmt.Sprintf("w%04d", i); w.Name != want || !w.Live() {
			t.Fatalf("worker %d is %+v, want %s", i, w, want)
		}
	}
	w, found, err := client.New(conn).Worker(queuetest.Context(t), "w1500")
	if err != nil || !found || w.Name != "w1500" {
		t.Errorf("Worker(w1500) = %+v, %v, %v", w, found, err)
	}
	if _, found, err := client.New(conn).Worker(queuetest.Context(t), "w9999"); err != nil || found {
		t.Errorf("Worker(w9999) = %v, %v; there is none", found, err)
	}
}

// In a large fleet each worker looks at the one elected alone, and only whoever follows it reads the registry when it has ended.
func TestLargeFleetElects(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	fillRegistry(t, conn, 100)
	ctx := queuetest.Context(t)
	views := map[string]*Peers{}
	for _, name := range []string{"w0000", "w0001", "w0099"} {
		views[name] = NewPeers(conn, message.DefaultPool, name)
		if !views[name].due(ctx) {
			t.Errorf("%s does not read a registry that it does not know", name)
		}
		refresh(t, views[name])
	}
	check := func(name string, due, elected bool) {
		t.Helper()
		if got := views[name].due(ctx); got != due {
			t.Errorf("%s: due() = %v, want %v", name, got, due)
		}
		if got := views[name].elected(); got != elected {
			t.Errorf("%s: elected() = %v, want %v", name, got, elected)
		}
	}
	check("w0000", true, true)
	check("w0001", false, false)
	check("w0099", false, false)

	info := readyWorker("w0000")
	info.State = message.WorkerStopped
	data, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.JetStream().Publish(ctx, message.EntrySubject(message.BucketWorkers, info.Name), data); err != nil {
		t.Fatal(err)
	}
	check("w0001", true, true)
	check("w0099", false, false)
	if n := views["w0099"].fleet(); n != 99 {
		t.Errorf("fleet() = %d, want 99", n)
	}
	views["w0099"].set(views["w0099"].workers, time.Now().Add(-time.Hour))
	check("w0099", true, false)
}

// fleetOf is a view of n workers.
func fleetOf(n int) *Peers {
	all := make([]client.Worker, n)
	for i := range all {
		all[i] = other()
		all[i].Name = fmt.Sprint("w", i)
	}
	return peersOf(nil, "me", all...)
}

// A new submission wakes some of a large fleet, and is known to all.
func TestLargeFleetIsNotWokenAtOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ fleet, least, most int }{{1, 1000, 1000}, {woken, 1000, 1000}, {10 * woken, 20, 300}} {
		s := &source{cfg: Config{Peers: fleetOf(test.fleet)}, lanes: lanes.New(map[string]int{message.LaneContest: 1}), waker: newWaker(1000)}
		for range 1000 {
			s.lanes.Order(true)[0].FoundNothing()
			s.hear(message.LaneContest)
			if len(s.lanes.Order(false)) == 0 {
				t.Fatal("the lane is not known to have something")
			}
		}
		if n := len(s.waker.wakes); n < test.least || n > test.most {
			t.Errorf("a fleet of %d: woken by %d of 1,000 submissions, want %d to %d", test.fleet, n, test.least, test.most)
		}
	}
}

// The larger a fleet, the less often each of its workers polls.
func TestLargeFleetPollsSeldom(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{1: time.Second, 15: time.Second, 40: 5 * time.Second, 5000: 10 * time.Second} {
		w := &Worker{cfg: Config{IdlePoll: time.Second, Peers: fleetOf(n)}}
		for range 100 {
			if got := w.idlePoll(); got < want*3/4 || got > want*5/4 {
				t.Fatalf("a fleet of %d: polls after %v, want about %v", n, got, want)
			}
		}
	}
}
