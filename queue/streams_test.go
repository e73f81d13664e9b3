package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

func TestWorkerOnServerWithoutJetStream(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{}))
	r := start(t, conn, quick(), queuetest.Accept)
	err := queuetest.Receive(t, r.Done, "end of the worker")
	if err == nil || !strings.Contains(err.Error(), "enable JetStream") || !strings.Contains(err.Error(), conn.URL()) {
		t.Errorf("Run = %v", err)
	}
	r.Done <- nil
}

func TestServerWithSmallPayload(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, MaxPayload: 1 << 20, JetStreamMaxStore: 1 << 40}))
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	queuetest.WaitVerdict(t, conn, "s1")
	big := queuetest.Submission("s2")
	big.Files[0].Text = strings.Repeat("x", 1<<20)
	queuetest.Submit(t, conn, big) // by the object store
	queuetest.WaitVerdict(t, conn, "s2")
	if got := queuetest.LastOf(t, conn, message.StreamArchive, message.ArchiveSubject("s2")); len(got) > 1<<12 {
		t.Errorf("the message has %d bytes, want the file elsewhere", len(got))
	}
}

func TestSampleServerConfiguration(t *testing.T) {
	opts, err := server.ProcessConfigFile("../configs/nats/nats-server.conf")
	if err != nil {
		t.Fatal(err)
	}
	if opts.MaxPayload != embedded.MaxPayload || opts.MaxPending != embedded.MaxPending || !opts.JetStream {
		t.Errorf("max_payload %d, max_pending %d, want %d, %d and JetStream", opts.MaxPayload, opts.MaxPending, embedded.MaxPayload, embedded.MaxPending)
	}
	conn := queuetest.Connect(t, queuetest.RunServer(t, opts))
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Error(err)
	}
}

func TestEnsureStreamsKeepsWhatOperatorsSet(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	ctx := queuetest.Context(t)
	own := jetstream.StreamConfig{Name: message.StreamVerdicts, Subjects: []string{"judge.verdicts.>"}, MaxAge: time.Hour}
	if _, err := conn.JetStream().CreateStream(ctx, own); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := storage.Ensure(ctx, conn, 1); err != nil {
			t.Fatal(err)
		}
	}
	s, err := conn.JetStream().Stream(ctx, message.StreamVerdicts)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CachedInfo().Config; got.MaxAge != time.Hour || !got.AllowDirect {
		t.Errorf("max age %v, direct %v, want 1h and true", got.MaxAge, got.AllowDirect)
	}
}

func TestEnsureStreamsRefusesOtherStreams(t *testing.T) {
	for name, test := range map[string]struct {
		other jetstream.StreamConfig
		want  string
	}{
		"retention": {jetstream.StreamConfig{Name: message.StreamSubmissions, Subjects: []string{"judge.submissions.>"}}, "retention"},
		"subjects":  {jetstream.StreamConfig{Name: "MINE", Subjects: []string{"judge.>"}}, "overlap"},
		"no ack":    {jetstream.StreamConfig{Name: message.StreamVerdicts, Subjects: []string{"judge.verdicts.>"}, NoAck: true}, "without acknowledgements"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := queuetest.Connect(t, queuetest.Server(t).URL())
			if _, err := conn.JetStream().CreateStream(queuetest.Context(t), test.other); err != nil {
				t.Fatal(err)
			}
			err := storage.Ensure(queuetest.Context(t), conn, 1)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "prepare stream") {
				t.Errorf("Ensure() = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestStreamsMadeAnewAtOnce(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	for range 20 {
		if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{message.StreamSubmissions, message.StreamVerdicts, message.StreamEvents, message.StreamDead} {
			if err := conn.JetStream().DeleteStream(queuetest.Context(t), name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, cfg := range map[string]Config{
		"pool":     {Pool: "a.b"},
		"slots":    {Slots: -1},
		"grace":    {Grace: -time.Second},
		"ack wait": {AckWait: time.Millisecond},
	} {
		if _, err := NewWorker(nil, cfg, queuetest.Accept); err == nil {
			t.Errorf("%s: NewWorker = nil error", name)
		}
	}
}

// A server with little room gets smaller streams, and everything works.
func TestStreamsFitASmallServer(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 3 << 30}))
	start(t, conn, quick(), queuetest.Accept)
	submitWhenReady(t, conn, queuetest.Submission("s1"))
	if got := queuetest.WaitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s", got)
	}
}
