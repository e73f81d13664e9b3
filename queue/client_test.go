package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

func TestSubmitRefusesWhatTheServerCannotTake(t *testing.T) {
	conn := connect(t, runServer(t, &server.Options{JetStream: true, MaxPayload: 128 << 10, JetStreamMaxStore: 1 << 40}))
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	big := submission("big")
	for i := range 90 { // each too small for the object store
		big.Files = append(big.Files, message.SourceFile{Name: fmt.Sprintf("part%02d.h", i), Text: strings.Repeat("x", 1000)})
	}
	err := client.New(conn).Submit(testContext(t), message.DefaultPool, message.LanePractice, big, client.StoreAnyway)
	if err == nil || !strings.Contains(err.Error(), " than the 65536 bytes") || !strings.Contains(err.Error(), "message of 92") {
		t.Errorf("Submit = %v, want an error with both sizes", err)
	}
}

func TestSubmitRefusesBadArguments(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	bad := submission("s1")
	bad.Files[0].Name = "-o"
	for _, test := range []struct {
		name, pool, lane string
		s                message.Submission
		want             string
	}{
		{"pool", "a.b", message.LanePractice, submission("s1"), "pool"},
		{"lane", message.DefaultPool, "", submission("s1"), "lane"},
		{"file name", message.DefaultPool, message.LanePractice, bad, "files[0].name"},
		{"no streams yet", message.DefaultPool, message.LanePractice, submission("s1"), "start a worker first"},
	} {
		err := client.New(conn).Submit(testContext(t), test.pool, test.lane, test.s, client.StoreAnyway)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Submit = %v, want %q in it", test.name, err, test.want)
		}
	}
}

func TestSubmitToFullQueue(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	_, err := conn.JetStream().CreateStream(testContext(t), jetstream.StreamConfig{
		Name: message.StreamSubmissions, Subjects: []string{"judge.submissions.>"}, Retention: jetstream.WorkQueuePolicy, MaxBytes: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	accepted := uint64(0)
	for i := 0; err == nil && i < 100; i++ {
		accepted = uint64(i)
		err = client.New(conn).Submit(testContext(t), message.DefaultPool, message.LanePractice, submission(fmt.Sprint("s", i)), client.StoreAnyway)
	}
	if err == nil || !strings.Contains(err.Error(), "the queue is full") {
		t.Errorf("Submit = %v, want that the queue is full", err)
	}
	wantCount(t, conn, message.StreamSubmissions, accepted) // nothing that was accepted is dropped
}

func TestSubmitFillsIn(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), accept)
	s := submission("s1")
	s.Version, s.Attempt = 0, 0
	submitWhenReady(t, conn, s)
	if got := waitVerdict(t, conn, "s1").Attempt; got != 1 {
		t.Errorf("attempt %d, want 1", got)
	}
}

func TestWaitBeforeAndAfter(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	got := make(chan message.Report, 1)
	ctx := testContext(t)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	waiting.Go(func() {
		report, err := client.New(conn).Wait(ctx, "s1", 1)
		if err != nil {
			t.Error(err)
		}
		got <- report
	})
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn, submission("s1"))
	before := receive(t, got, "the verdict")
	after := waitVerdict(t, conn, "s1")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("verdict waited for and read later differ:\n%s", diff)
	}
}

func TestWaitEnds(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	gone := errors.New("gone home")
	ctx, cancel := context.WithTimeoutCause(testContext(t), 20*time.Millisecond, gone)
	defer cancel()
	if _, err := client.New(conn).Wait(ctx, "s1", 1); !errors.Is(err, gone) {
		t.Errorf("Wait = %v, want the cause", err)
	}
	if _, err := client.New(conn).Wait(ctx, "s1.*", 1); err == nil || !strings.Contains(err.Error(), "s1.*") {
		t.Errorf("Wait of a wildcard = %v", err)
	}
}

// watch reads the events of an attempt up to the last.
func watch(t testing.TB, conn *client.Conn, id string) []message.Event {
	t.Helper()
	var events []message.Event
	for e, err := range client.New(conn).Watch(testContext(t), id, client.Current) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
		if e.Stage == message.StageDone {
			break
		}
	}
	return events
}

func TestWatchReplays(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.EventGap = time.Nanosecond
	sent := make(chan struct{})
	start(t, conn, cfg, func(_ context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		<-sent // the first event is out
		return accepted(s), nil
	})
	submitWhenReady(t, conn, submission("s1"))
	event := func(sequence int, stage message.Stage) message.Event {
		return message.Event{Version: 1, Submission: "s1", Attempt: 1, Sequence: sequence, Stage: stage}
	}
	var first message.Event
	decodeJSON(t, lastOf(t, conn, message.StreamEvents, message.EventSubject("s1")), &first)
	close(sent)
	done := event(2, message.StageDone)
	done.Test, done.Tests, done.Verdict = 1, 1, "AC"
	want := []message.Event{event(1, message.StageReceived), done}
	for _, when := range []string{"live", "replayed"} {
		if diff := cmp.Diff(want, watch(t, conn, "s1")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	wantConsumers(t, conn, message.StreamEvents, 0)
}

// A watcher whose connection is cut again and again, and whose consumer is removed meanwhile, sees every event once.
func TestWatchSurvives(t *testing.T) {
	const n = 40
	srv := embeddedServer(t)
	conn := connect(t, srv.URL())
	submitWhenReady(t, conn)
	network := newRelay(t, strings.TrimPrefix(srv.URL(), "nats://"))
	watcher := client.New(connect(t, "nats://"+network.listener.Addr().String()))
	send := func(i int) {
		e := message.Event{Version: 1, Submission: "s1", Attempt: 1, Sequence: i, Stage: message.StageTest}
		msg, err := encode(message.EventSubject("s1"), e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.JetStream().PublishMsg(testContext(t), msg); err != nil {
			t.Fatal(err)
		}
	}
	send(1)
	i := 0
	for e, err := range watcher.Watch(testContext(t), "s1", 1) {
		if i++; err != nil || e.Sequence != i {
			t.Fatalf("event %d: %+v, %v", i, e, err)
		}
		if i == n {
			break
		}
		switch i % 4 {
		case 1:
			network.cut(false)
		case 2:
			s, err := conn.JetStream().Stream(testContext(t), message.StreamEvents)
			if err != nil {
				t.Fatal(err)
			}
			for name := range s.ConsumerNames(testContext(t)).Name() {
				if err := s.DeleteConsumer(testContext(t), name); err != nil {
					t.Fatal(err)
				}
			}
		}
		send(i + 1)
	}
}

func TestEventsAreThinned(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.EventGap = time.Hour
	start(t, conn, cfg, func(_ context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		for i := range 100_000 {
			emit(message.Event{Stage: message.StageTest, Test: i, Tests: 100_000})
		}
		emit(message.Event{Stage: message.StageDone, Verdict: "WA"}) // not the judge's to say
		return accepted(s), nil
	})
	submitWhenReady(t, conn, submission("s1"))
	events := watch(t, conn, "s1")
	if len(events) > 2 || events[len(events)-1].Verdict != "AC" {
		t.Errorf("events %+v, want at most one and the last", events)
	}
	wantCount(t, conn, message.StreamEvents, uint64(len(events)))
}

// However much the judge has to say, and however often it starts again, no second has more than 10 events.
func TestAtMostTenEventsInASecond(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	tries := 0
	start(t, conn, quick(), func(ctx context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
		tries++
		until := time.Now().Add(1200 * time.Millisecond)
		for i := 0; time.Now().Before(until) && pause(ctx, time.Millisecond); i++ {
			emit(message.Event{Stage: message.StageTest, Test: i})
		}
		if tries == 1 {
			return message.Report{}, errors.New("fault")
		}
		return accepted(s), nil
	})
	submitWhenReady(t, conn, submission("s1"))
	watch(t, conn, "s1")
	all := messages(t, conn, message.StreamEvents)
	if len(all) < 8 {
		t.Errorf("%d events only", len(all))
	}
	for i, first := range all {
		n := 0
		for _, later := range all[i:] {
			if later.Time.Sub(first.Time) <= time.Second {
				n++
			}
		}
		if n > 10 {
			t.Errorf("%d events in the second that begins with event %d", n, i+1)
		}
	}
}

func TestEventNumbersGoOnAfterRedelivery(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	first := true
	start(t, conn, quick(), func(_ context.Context, s message.Submission, _ func(message.Event)) (message.Report, error) {
		lastOf(t, conn, message.StreamEvents, message.EventSubject("s1"))
		if first {
			first = false
			return message.Report{}, errors.New("fault")
		}
		return accepted(s), nil
	})
	submitWhenReady(t, conn, submission("s1"))
	for i, e := range watch(t, conn, "s1") {
		if e.Sequence != i+1 {
			t.Errorf("event %d has number %d", i+1, e.Sequence)
		}
	}
}

func TestDeadLetterOfTheLargestMessageFits(t *testing.T) {
	conn := connect(t, runServer(t, &server.Options{JetStream: true, MaxPayload: 4 << 20, JetStreamMaxStore: 1 << 40}))
	start(t, conn, quick(), accept)
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	payload := bytes.Repeat([]byte{0xff}, int(message.MostBytes(4<<20))-1024) // less what the server counts besides
	publish(t, conn, payload)
	letter := deadLetter(t, conn, "")
	if letter.Truncated || !bytes.Equal(letter.Payload, payload) {
		t.Errorf("dead letter has %d bytes, truncated %v, want all %d", len(letter.Payload), letter.Truncated, len(payload))
	}
	emptied(t, conn)
	if most := message.MostBytes(MaxPayload); most != message.MaxMessage {
		t.Errorf("an embedded server takes messages of %d bytes, want %d", most, message.MaxMessage)
	}
}

// A server that is paused for longer than one publication waits stores the submission once.
func TestSubmitOutlastsASilentServer(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	deaf := connect(t, silentFor(t, conn.URL(), 6*time.Second))
	if err := client.New(deaf).Submit(testContext(t), message.DefaultPool, message.LanePractice, submission("s1"), client.StoreAnyway); err != nil {
		t.Fatal(err)
	}
	wantCount(t, conn, message.StreamSubmissions, 1)
}

// silentFor is a way to a server on which its answers are held back for a while, once a submission has been published.
func silentFor(t *testing.T, url string, d time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var copying sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); copying.Wait() })
	published := make(chan struct{})
	copying.Go(func() {
		near, err := l.Accept()
		if err != nil {
			return // the test is over
		}
		far, err := net.Dial("tcp", strings.TrimPrefix(url, "nats://"))
		if err != nil {
			t.Error(err)
			return
		}
		copying.Go(func() {
			defer far.Close()
			var once sync.Once
			buf := make([]byte, 64<<10)
			for {
				n, err := near.Read(buf)
				if err != nil {
					return
				}
				if bytes.Contains(buf[:n], []byte("judge.submissions.")) {
					once.Do(func() { close(published) })
				}
				if _, err := far.Write(buf[:n]); err != nil {
					return
				}
			}
		})
		defer near.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			select {
			case <-published:
				pause(t.Context(), d)
				published = nil // once
			default:
			}
			if _, err := near.Write(buf[:n]); err != nil {
				return
			}
		}
	})
	return "nats://" + l.Addr().String()
}
