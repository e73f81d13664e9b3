package queue

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// described is a worker that tells everything.
func described(name string) message.WorkerInfo {
	return message.WorkerInfo{
		Name: name, Home: "home-" + name, Gavel: "v1.0.0", Host: "host-of-" + name, PID: 4711, HTTP: "http://127.0.0.1:8080", Pool: message.DefaultPool,
		Lanes: []message.Lane{
			{Name: message.LaneContest, Weight: 16, PerMinute: 12.5, AverageSeconds: 0.75}, {Name: message.LaneRejudge, Weight: 1},
		},
		Slots: 4, Busy: 1, State: message.WorkerPaused, Reason: "disk is full",
		Languages: []message.LanguageInfo{
			{ID: "cpp17", Name: "C++17", Aliases: []string{"c++17"}, Version: "g++ 12"}, {ID: "python3", Name: "Python 3"},
		},
		CgroupVersion: 2, Rootless: true, Kernel: "Linux 6.1", CPU: "a fast one",
		Calibration: &message.Calibration{CPU: 50.5, Memory: 61.25},
	}
}

// ready is a worker that takes submissions.
func readyWorker(name string) message.WorkerInfo {
	info := described(name)
	info.State, info.Reason = message.WorkerReady, ""
	return info
}

func register(t testing.TB, conn *client.Conn, cfg RegistryConfig) *Registration {
	t.Helper()
	r, err := Register(queuetest.Context(t), conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func workers(t testing.TB, conn *client.Conn) []client.Worker {
	t.Helper()
	all, err := client.New(conn).Workers(queuetest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// entry is the one worker that the registry has.
func entry(t testing.TB, conn *client.Conn) client.Worker {
	t.Helper()
	all := workers(t, conn)
	if len(all) != 1 {
		t.Fatalf("registry has %d workers, want 1", len(all))
	}
	return all[0]
}

func TestRegisterTellsEverything(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if all := workers(t, conn); len(all) != 0 {
		t.Errorf("before the first worker: %v", all)
	}
	r := register(t, conn, RegistryConfig{Info: described("one")})
	got := entry(t, conn)
	want := described("one")
	want.Version, want.Interval = 1, 10
	if diff := cmp.Diff(want, got.WorkerInfo, cmpopts.IgnoreFields(message.WorkerInfo{}, "Instance", "Started", "Updated")); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	if got.Instance == "" || time.Since(got.Started) > queuetest.Patience || time.Since(got.Updated) > queuetest.Patience || got.Lost || !got.Live() {
		t.Errorf("entry %+v", got)
	}
	r.Close()
	if got := entry(t, conn); got.State != message.WorkerStopped || got.Reason != "" || got.Busy != 0 || got.Live() || got.Lost {
		t.Errorf("after Close: %+v", got)
	}
}

func TestRegisterRefusesBadNames(t *testing.T) {
	for _, info := range []message.WorkerInfo{{Name: "a.b", Pool: "default"}, {Name: "a", Pool: "*"}, {}} {
		if _, err := Register(queuetest.Context(t), nil, RegistryConfig{Info: info}); err == nil {
			t.Errorf("Register(%q of pool %q) = nil error", info.Name, info.Pool)
		}
	}
}

// What is told follows the schema, with everything set and with nothing.
func TestWorkersFollowTheirSchema(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: described("full")})
	register(t, conn, RegistryConfig{Info: message.WorkerInfo{
		Name: "bare", Host: "h", Pool: "p", State: message.WorkerStarting, Lanes: []message.Lane{},
	}})
	s := schematest.Schema(t, "worker-info.json")
	all := queuetest.Messages(t, conn, message.BucketStream(message.BucketWorkers))
	if len(all) != 2 {
		t.Fatalf("%d entries, want 2", len(all))
	}
	for _, msg := range all {
		if err := schematest.Validate(s, msg.Data); err != nil {
			t.Errorf("%s: %v\n%s", msg.Subject, err, msg.Data)
		}
	}
}

// A change of state is told long before the next update is due; one of busy slots waits for it.
func TestRegistrationTellsNewsAtOnce(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var paused atomic.Bool
	register(t, conn, RegistryConfig{Info: described("one"), Interval: time.Hour, Observe: func(info *message.WorkerInfo) {
		info.State, info.Reason = message.WorkerReady, ""
		if paused.Load() {
			info.State, info.Reason = message.WorkerPaused, "memory is short"
		}
	}})
	if got := entry(t, conn).State; got != message.WorkerReady {
		t.Errorf("state %s, want ready", got)
	}
	paused.Store(true)
	queuetest.Eventually(t, "the pause is told", func() bool {
		got := entry(t, conn)
		return got.State == message.WorkerPaused && got.Reason == "memory is short"
	})
}

func TestRegistrationKeepsUpdating(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var busy atomic.Int32
	register(t, conn, RegistryConfig{Info: described("one"), Interval: 20 * time.Millisecond, Observe: func(info *message.WorkerInfo) {
		info.Busy = int(busy.Load())
	}})
	busy.Store(3)
	queuetest.Eventually(t, "the load is told", func() bool { return entry(t, conn).Busy == 3 })
}

func TestSecondWorkerOfANameIsRefused(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	register(t, conn, RegistryConfig{Info: described("one")})
	second := described("one")
	second.Home = "elsewhere"
	_, err := Register(queuetest.Context(t), conn, RegistryConfig{Info: second})
	if !errors.Is(err, ErrNameTaken) {
		t.Fatalf("Register = %v, want ErrNameTaken", err)
	}
	for _, part := range []string{"host-of-one", "4711", "--name"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

func TestOneOfManyGetsTheName(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	const many = 12
	errs := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			info := described("one")
			info.Home = ""
			r, err := Register(queuetest.Context(t), conn, RegistryConfig{Info: info})
			if errs[i] = err; err == nil {
				t.Cleanup(r.Close)
			}
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ErrNameTaken):
			t.Errorf("Register = %v, want ErrNameTaken", err)
		}
	}
	if won != 1 {
		t.Errorf("%d workers got the name, want 1", won)
	}
}

// leave enters a worker as if it had died afterwards, or goes on elsewhere.
func leave(t testing.TB, conn *client.Conn, info message.WorkerInfo) {
	t.Helper()
	info.Version, info.Instance = 1, "another"
	msg, err := encode(message.EntrySubject(message.BucketWorkers, info.Name), info)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.JetStream().PublishMsg(queuetest.Context(t), msg); err != nil {
		t.Fatal(err)
	}
}

func TestWhoMayTakeAName(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*message.WorkerInfo)
		free   bool
	}{
		{"live", func(*message.WorkerInfo) {}, false},
		{"live, by a clock that is wrong", func(w *message.WorkerInfo) { w.Updated = time.Unix(0, 0) }, false},
		{"starting", func(w *message.WorkerInfo) { w.State = message.WorkerStarting }, false},
		{"stopped", func(w *message.WorkerInfo) { w.State = message.WorkerStopped }, true},
		{"same home", func(w *message.WorkerInfo) { w.Home = "mine" }, true},
		{"lost", func(w *message.WorkerInfo) { w.Interval = 1e-9 }, true},
		{"lost, by a clock that is wrong", func(w *message.WorkerInfo) { w.Interval, w.Updated = 1e-9, time.Now().Add(time.Hour) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := queuetest.Connect(t, queuetest.Server(t).URL())
			if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
				t.Fatal(err)
			}
			there := readyWorker("one")
			there.Interval, there.Updated = 10, time.Now()
			test.change(&there)
			leave(t, conn, there)
			mine := readyWorker("one")
			mine.Home = "mine"
			r, err := Register(queuetest.Context(t), conn, RegistryConfig{Info: mine})
			if err == nil {
				r.Close()
			}
			if (err == nil) != test.free || (err != nil && !errors.Is(err, ErrNameTaken)) {
				t.Errorf("Register = %v, want free %v", err, test.free)
			}
		})
	}
}

// A worker that was taken for lost and comes back finds out that its name is gone, and gets it back when the other one
// has ended.
func TestNameIsTakenOverAndComesBack(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	told := make(chan string, 10)
	r := register(t, conn, RegistryConfig{
		Info: readyWorker("one"), Interval: 20 * time.Millisecond, Conflict: func(reason string) { told <- reason },
	})
	other := readyWorker("one")
	other.Interval = 3600
	leave(t, conn, other) // the same home: a copy of its disk
	if reason := queuetest.Receive(t, told, "the conflict"); !strings.Contains(reason, "host-of-one") {
		t.Errorf("conflict %q does not name the host", reason)
	}
	if got := entry(t, conn); got.Instance != "another" {
		t.Errorf("the entry of the live worker was written over: %+v", got)
	}
	other.State = message.WorkerStopped
	leave(t, conn, other)
	if reason := queuetest.Receive(t, told, "the end of the conflict"); reason != "" {
		t.Errorf("conflict %q, want none", reason)
	}
	r.Close()
	if got := entry(t, conn); got.Instance == "another" || got.State != message.WorkerStopped {
		t.Errorf("entry %+v, want the first worker's", got)
	}
}

// The entry is there again after everything was lost with the server's disk.
func TestRegistrationSurvivesTheServer(t *testing.T) {
	srv := queuetest.Server(t)
	conn := queuetest.Connect(t, srv.URL())
	register(t, conn, RegistryConfig{Info: readyWorker("one"), Interval: 20 * time.Millisecond})
	if err := conn.JetStream().DeleteKeyValue(queuetest.Context(t), message.BucketWorkers); err != nil {
		t.Fatal(err)
	}
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil { // as the worker's source does
		t.Fatal(err)
	}
	queuetest.Eventually(t, "the worker is back", func() bool { return len(workers(t, conn)) == 1 })
	srv.Stop()
	queuetest.Eventually(t, "the connection is lost", func() bool { return !conn.Connected() })
}

func TestPeersTellWhoElseThereIs(t *testing.T) {
	srv := queuetest.Server(t)
	conn := queuetest.Connect(t, srv.URL())
	var unknowing *Peers
	if got := unknowing.Language("cpp17"); got != client.Expected || unknowing.Refresh(queuetest.Context(t)) != nil {
		t.Errorf("no peers: %v, want later", got)
	}
	peers := NewPeers(conn, message.DefaultPool, "me")
	if got := peers.Others(); got != client.Expected {
		t.Errorf("before the first reading: %v, want later", got)
	}
	register(t, conn, RegistryConfig{Info: readyWorker("me")})
	refresh(t, peers)
	want(t, "others", peers.Others(), client.Unavailable)
	want(t, "language", peers.Language("cpp17"), client.Unavailable)
	want(t, "own pool", peers.Availability(client.Requirement{Pool: message.DefaultPool}), client.Available)
	want(t, "own lane", peers.Availability(client.Requirement{Pool: message.DefaultPool, Lane: message.LaneRejudge}), client.Available)
	want(t, "foreign lane", peers.Availability(client.Requirement{Pool: message.DefaultPool, Lane: message.LanePractice}), client.Unavailable)
	want(t, "foreign pool", peers.Availability(client.Requirement{Pool: "gpu"}), client.Unavailable)

	other := register(t, conn, RegistryConfig{Info: readyWorker("other")})
	refresh(t, peers)
	want(t, "others", peers.Others(), client.Available)
	want(t, "language", peers.Language("python3"), client.Available)
	want(t, "alias", peers.Language("c++17"), client.Available)
	want(t, "unknown language", peers.Language("cobol"), client.Unavailable)

	other.Close()
	refresh(t, peers)
	want(t, "others that stopped", peers.Others(), client.Expected)
	peers.set(nil, time.Now().Add(-time.Hour))
	want(t, "own pool by old knowledge, which is read anew", peers.Availability(client.Requirement{Pool: message.DefaultPool}), client.Available)
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	queuetest.Eventually(t, "the connection is lost", func() bool { return !conn.Connected() })
	peers.set(nil, time.Now().Add(-time.Hour))
	want(t, "own pool by old knowledge without a server", peers.Availability(client.Requirement{Pool: message.DefaultPool}), client.Expected)
}

func refresh(t testing.TB, peers *Peers) {
	t.Helper()
	if err := peers.Refresh(queuetest.Context(t)); err != nil {
		t.Fatal(err)
	}
}

func want(t testing.TB, what string, got, wanted client.Availability) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: %v, want %v", what, got, wanted)
	}
}
