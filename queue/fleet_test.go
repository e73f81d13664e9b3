package queue

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// TestFleet measures what load many workers make on a cluster of three servers: while they wait, and for each submission.
// GAVEL_FLEET says how many at most. All of it is one process: what counts is messages, not times. It runs by hand.
func TestFleet(t *testing.T) {
	text := os.Getenv("GAVEL_FLEET")
	if text == "" {
		t.Skip("measures a cluster for some minutes: make fleet")
	}
	most, err := strconv.Atoi(text)
	if err != nil || most < 8 {
		t.Fatalf("GAVEL_FLEET=%q: want a number of workers, at least 8", text)
	}
	t.Logf("%8s %12s %14s %12s %12s %14s %14s %12s", "workers", "connections", "subscriptions", "idle in/s", "idle out/s", "idle KiB/s out", "in/submission", "out/subm.")
	for n := most / 8; n <= most; n *= 2 {
		f := newFleet(t, n)
		idle := f.rate(20 * time.Second)
		perSubmission := f.submit(50)
		t.Logf("%8d %12d %14d %12.0f %12.0f %14.1f %14.1f %12.1f", n, f.connections(), f.subscriptions(),
			idle.in, idle.out, idle.bytesOut/1024, perSubmission.in, perSubmission.out)
		f.close()
	}
}

// fleet is a cluster with workers.
type fleet struct {
	t       *testing.T
	servers []*server.Server
	conn    *client.Conn // of a platform
	stop    []func()     // last first
}

// load is what clients sent and were sent.
type load struct{ in, out, bytesOut float64 }

func newFleet(t *testing.T, n int) *fleet {
	t.Helper()
	f := &fleet{t: t}
	f.startServers()
	f.conn = queuetest.Connect(t, f.servers[0].ClientURL())
	queuetest.Eventually(t, "a leader of the cluster", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // a request that found no leader gets no answer
		defer cancel()
		return storage.Ensure(ctx, f.conn, 3) == nil
	})
	for i := range n {
		f.startWorker(fmt.Sprintf("w%04d", i), f.servers[i%len(f.servers)].ClientURL())
	}
	return f
}

// startServers starts three servers that know each other.
func (f *fleet) startServers() {
	const size = 3
	var routes []*url.URL
	for range size {
		routes = append(routes, &url.URL{Scheme: "nats", Host: queuetest.FreeAddress(f.t)})
	}
	for i := range size {
		host, port, err := net.SplitHostPort(routes[i].Host)
		if err != nil {
			f.t.Fatal(err)
		}
		number, _ := strconv.Atoi(port) // it was listened on
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: f.t.TempDir(), Routes: routes,
			Cluster: server.ClusterOpts{Name: "fleet", Host: host, Port: number},
		})
		if err != nil {
			f.t.Fatal(err)
		}
		s.Start()
		f.servers = append(f.servers, s)
	}
	for _, s := range f.servers {
		if !s.ReadyForConnections(queuetest.Patience) {
			f.t.Fatal("server is not ready")
		}
	}
	f.stop = append(f.stop, func() {
		for _, s := range f.servers {
			s.Shutdown()
			s.WaitForShutdown()
		}
	})
}

// startWorker starts what a worker has to do with the queue; it judges in no time.
func (f *fleet) startWorker(name, url string) {
	ctx, cancel := context.WithCancel(context.Background())
	conn, err := client.Connect(ctx, client.Config{URL: url})
	if err != nil {
		f.t.Fatal(err)
	}
	registration, err := Register(ctx, conn, RegistryConfig{
		Info:     message.WorkerInfo{Name: name, Pool: message.DefaultPool, State: message.WorkerReady, Slots: 2},
		Replicas: 3,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	peers := NewPeers(conn, message.DefaultPool, name)
	w, err := NewWorker(conn, Config{Name: name, Slots: 2, Replicas: 3, Peers: peers}, queuetest.Accept)
	if err != nil {
		f.t.Fatal(err)
	}
	monitor := NewUnservedMonitor(conn, peers, UnservedConfig{})
	var running sync.WaitGroup
	running.Go(func() { peers.Run(ctx) })
	running.Go(func() { monitor.Run(ctx) })
	running.Go(func() {
		if err := w.Run(ctx, context.Background()); err != nil {
			f.t.Errorf("%s: %v", name, err)
		}
	})
	f.stop = append(f.stop, func() {
		cancel()
		running.Wait()
		registration.Close()
		conn.Close()
	})
}

func (f *fleet) close() {
	f.conn.Close()
	for _, stop := range slices.Backward(f.stop) {
		stop()
	}
}

// total is the load of all servers since their start.
func (f *fleet) total() (sum load) {
	for _, s := range f.servers {
		v, err := s.Varz(nil)
		if err != nil {
			f.t.Fatal(err)
		}
		sum.in += float64(v.InMsgs)
		sum.out += float64(v.OutMsgs)
		sum.bytesOut += float64(v.OutBytes)
	}
	return sum
}

func (f *fleet) connections() (n int) {
	for _, s := range f.servers {
		n += s.NumClients()
	}
	return n
}

func (f *fleet) subscriptions() (n uint32) {
	for _, s := range f.servers {
		n += s.NumSubscriptions()
	}
	return n
}

// rate is the load per second.
func (f *fleet) rate(over time.Duration) load {
	time.Sleep(5 * time.Second) // what follows the start
	before, began := f.total(), time.Now()
	time.Sleep(over)
	after, seconds := f.total(), time.Since(began).Seconds()
	return load{(after.in - before.in) / seconds, (after.out - before.out) / seconds, (after.bytesOut - before.bytesOut) / seconds}
}

// submit publishes submissions, each when the one before has its verdict, and returns the load for each of them, with that of
// the waiting workers.
func (f *fleet) submit(n int) load {
	before := f.total()
	for i := range n {
		id := fmt.Sprint("s", i)
		queuetest.Submit(f.t, f.conn, queuetest.Submission(id))
		queuetest.WaitVerdict(f.t, f.conn, id)
		time.Sleep(50 * time.Millisecond)
	}
	after := f.total()
	return load{(after.in - before.in) / float64(n), (after.out - before.out) / float64(n), (after.bytesOut - before.bytesOut) / float64(n)}
}
