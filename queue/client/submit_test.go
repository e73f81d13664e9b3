package client_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

func TestSubmitRefusesWhatTheServerCannotTake(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, MaxPayload: 128 << 10, JetStreamMaxStore: 1 << 40}))
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	big := queuetest.Submission("big")
	for i := range 90 { // each too small for the object store
		big.Files = append(big.Files, api.SourceFile{Name: fmt.Sprintf("part%02d.h", i), Text: strings.Repeat("x", 1000)})
	}
	err := client.New(conn).Submit(queuetest.Context(t), message.DefaultPool, message.LanePractice, big, client.StoreAnyway)
	if err == nil || !strings.Contains(err.Error(), " than the 65536 bytes") || !strings.Contains(err.Error(), "message of 92") {
		t.Errorf("Submit = %v, want an error with both sizes", err)
	}
}

func TestSubmitRefusesBadArguments(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	bad := queuetest.Submission("s1")
	bad.Files[0].Name = "-o"
	for _, test := range []struct {
		name, pool, lane string
		s                api.Submission
		want             string
	}{
		{"pool", "a.b", message.LanePractice, queuetest.Submission("s1"), "pool"},
		{"lane", message.DefaultPool, "", queuetest.Submission("s1"), "lane"},
		{"file name", message.DefaultPool, message.LanePractice, bad, "files[0].name"},
		{"no streams yet", message.DefaultPool, message.LanePractice, queuetest.Submission("s1"), "start a worker first"},
	} {
		err := client.New(conn).Submit(queuetest.Context(t), test.pool, test.lane, test.s, client.StoreAnyway)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Submit = %v, want %q in it", test.name, err, test.want)
		}
	}
}

func TestSubmitToFullQueue(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	_, err := conn.JetStream().CreateStream(queuetest.Context(t), jetstream.StreamConfig{
		Name: message.StreamSubmissions, Subjects: []string{"judge.submissions.>"}, Retention: jetstream.WorkQueuePolicy, MaxBytes: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	accepted := uint64(0)
	for i := 0; err == nil && i < 100; i++ {
		accepted = uint64(i)
		err = client.New(conn).Submit(queuetest.Context(t), message.DefaultPool, message.LanePractice, queuetest.Submission(fmt.Sprint("s", i)), client.StoreAnyway)
	}
	if err == nil || !strings.Contains(err.Error(), "the queue is full") {
		t.Errorf("Submit = %v, want that the queue is full", err)
	}
	queuetest.WantCount(t, conn, message.StreamSubmissions, accepted) // nothing that was accepted is dropped
}

func TestSubmitFillsIn(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), queuetest.Accept)
	s := queuetest.Submission("s1")
	s.Version, s.Attempt = 0, 0
	submitWhenReady(t, conn, s)
	if got := queuetest.WaitVerdict(t, conn, "s1").Attempt; got != 1 {
		t.Errorf("attempt %d, want 1", got)
	}
}

// A server that is paused for longer than one publication waits stores the submission once.
func TestSubmitOutlastsASilentServer(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	deaf := queuetest.Connect(t, silentFor(t, conn.URL(), 6*time.Second))
	if err := client.New(deaf).Submit(queuetest.Context(t), message.DefaultPool, message.LanePractice, queuetest.Submission("s1"), client.StoreAnyway); err != nil {
		t.Fatal(err)
	}
	queuetest.WantCount(t, conn, message.StreamSubmissions, 1)
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
				retry.Sleep(t.Context(), d)
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
