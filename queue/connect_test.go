package queue

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestConnectNamesUnreachableServer(t *testing.T) {
	address := freeAddress(t)
	url := "nats://judge:secret@" + address
	began := time.Now()
	_, err := client.Connect(testContext(t), client.Config{URL: url, Wait: 100 * time.Millisecond, ReconnectWait: 10 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "100ms") {
		t.Errorf("Connect = %v, want an error with the address and the wait", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("Connect = %v, which gives the password away", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("gave up after %v", took)
	}
}

func TestConnectWaitsForServer(t *testing.T) {
	address := freeAddress(t)
	connected := make(chan error, 1)
	ctx := testContext(t)
	var connecting sync.WaitGroup
	defer connecting.Wait()
	connecting.Go(func() {
		conn, err := client.Connect(ctx, client.Config{URL: "nats://" + address, Wait: -1, ReconnectWait: 10 * time.Millisecond})
		if err == nil {
			conn.Close()
		}
		connected <- err
	})
	embeddedIn(t, t.TempDir(), address)
	if err := receive(t, connected, "the connection"); err != nil {
		t.Error(err)
	}
}

func TestConnectEndsWithContext(t *testing.T) {
	home := errors.New("gone home")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 50*time.Millisecond, home)
	defer cancel()
	if _, err := client.Connect(ctx, client.Config{URL: "nats://" + freeAddress(t), Wait: -1}); !errors.Is(err, home) {
		t.Errorf("Connect = %v, want the cause", err)
	}
}

func TestConnectWithPassword(t *testing.T) {
	srv := runServer(t, &server.Options{Username: "judge", Password: "secret", JetStream: true})
	_, err := client.Connect(testContext(t), client.Config{URL: srv, User: "judge", Password: "wrong"})
	if err == nil || !strings.Contains(err.Error(), "uthorization") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("Connect with a wrong password = %v", err)
	}
	conn, err := client.Connect(testContext(t), client.Config{URL: srv, User: "judge", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if !conn.Connected() || conn.URL() != srv {
		t.Errorf("Connected() = %v, URL() = %q", conn.Connected(), conn.URL())
	}
	conn.Close()
}

func TestConnectConfigIsChecked(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, test := range map[string]struct {
		cfg  client.Config
		want string
	}{
		"half a certificate": {client.Config{CertFile: missing}, "both the certificate file and the key file"},
		"two identities":     {client.Config{CredsFile: missing, User: "x"}, "give one of"},
		"no such file":       {client.Config{CredsFile: missing}, missing},
		"bad URL":            {client.Config{URL: "nats://u:secret@h:1:2 3"}, "server URL"},
	} {
		_, err := client.Connect(testContext(t), test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: Connect = %v, want %q in it", name, err, test.want)
		}
	}
}

// runServer runs a server that is not the embedded one, and returns its URL.
func runServer(t *testing.T, opts *server.Options) string {
	t.Helper()
	opts.Host, opts.Port, opts.NoSigs, opts.NoLog = "127.0.0.1", server.RANDOM_PORT, true, true
	opts.StoreDir = t.TempDir()
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(patience) {
		t.Fatal("server is not ready")
	}
	return srv.ClientURL()
}

func TestWorkerOnServerWithoutJetStream(t *testing.T) {
	conn := connect(t, runServer(t, &server.Options{}))
	r := start(t, conn, quick(), accept)
	err := receive(t, r.done, "end of the worker")
	if err == nil || !strings.Contains(err.Error(), "enable JetStream") || !strings.Contains(err.Error(), conn.URL()) {
		t.Errorf("Run = %v", err)
	}
	r.done <- nil
}

func TestServerWithSmallPayload(t *testing.T) {
	conn := connect(t, runServer(t, &server.Options{JetStream: true, MaxPayload: 1 << 20, JetStreamMaxStore: 1 << 40}))
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn, submission("s1"))
	waitVerdict(t, conn, "s1")
	big := submission("s2")
	big.Files[0].Text = strings.Repeat("x", 1<<20)
	submit(t, conn, big) // by the object store
	waitVerdict(t, conn, "s2")
	if got := lastOf(t, conn, message.StreamArchive, message.ArchiveSubject("s2")); len(got) > 1<<12 {
		t.Errorf("the message has %d bytes, want the file elsewhere", len(got))
	}
}

func TestSampleServerConfiguration(t *testing.T) {
	opts, err := server.ProcessConfigFile("../configs/nats/nats-server.conf")
	if err != nil {
		t.Fatal(err)
	}
	if opts.MaxPayload != MaxPayload || opts.MaxPending != maxPending || !opts.JetStream {
		t.Errorf("max_payload %d, max_pending %d, want %d, %d and JetStream", opts.MaxPayload, opts.MaxPending, MaxPayload, maxPending)
	}
	conn := connect(t, runServer(t, opts))
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Error(err)
	}
}

func TestEmbeddedRefuses(t *testing.T) {
	dir := t.TempDir()
	srv := embeddedIn(t, dir, "127.0.0.1:0")
	taken := strings.TrimPrefix(srv.URL(), "nats://")
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cfg  EmbeddedConfig
		want string
	}{
		"directory in use": {EmbeddedConfig{Dir: dir, Address: "127.0.0.1:0"}, dir + " is in use by another server"},
		"no directory":     {EmbeddedConfig{Address: "127.0.0.1:0"}, "store directory is not set"},
		"a file":           {EmbeddedConfig{Dir: plain, Address: "127.0.0.1:0"}, plain},
		"address taken":    {EmbeddedConfig{Dir: t.TempDir(), Address: taken}, "address already in use"},
		"no port":          {EmbeddedConfig{Dir: t.TempDir(), Address: "localhost"}, "want host:port"},
		"bad port":         {EmbeddedConfig{Dir: t.TempDir(), Address: "localhost:99999"}, "port must be"},
	} {
		srv, err := StartEmbedded(test.cfg)
		if err == nil {
			_ = srv.Stop()
			t.Errorf("%s: StartEmbedded = nil error", name)
			continue
		}
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: StartEmbedded = %v, want %q in it", name, err, test.want)
		}
	}
}

func TestEmbeddedStopsTwiceAndFreesItsDirectory(t *testing.T) {
	dir := t.TempDir()
	srv := embeddedIn(t, dir, "127.0.0.1:0")
	for range 2 {
		if err := srv.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	embeddedIn(t, dir, "127.0.0.1:0")
}

func TestEnsureStreamsKeepsWhatOperatorsSet(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	ctx := testContext(t)
	own := jetstream.StreamConfig{Name: message.StreamVerdicts, Subjects: []string{"judge.verdicts.>"}, MaxAge: time.Hour}
	if _, err := conn.JetStream().CreateStream(ctx, own); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := EnsureStreams(ctx, conn, 1); err != nil {
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
			conn := connect(t, embeddedServer(t).URL())
			if _, err := conn.JetStream().CreateStream(testContext(t), test.other); err != nil {
				t.Fatal(err)
			}
			err := EnsureStreams(testContext(t), conn, 1)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "prepare stream") {
				t.Errorf("EnsureStreams = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestStreamsMadeAnewAtOnce(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	for range 20 {
		if err := EnsureStreams(testContext(t), conn, 1); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{message.StreamSubmissions, message.StreamVerdicts, message.StreamEvents, message.StreamDead} {
			if err := conn.JetStream().DeleteStream(testContext(t), name); err != nil {
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
		if _, err := NewWorker(nil, cfg, accept); err == nil {
			t.Errorf("%s: NewWorker = nil error", name)
		}
	}
}

func TestConnectionTellsOfItsLoss(t *testing.T) {
	dir := t.TempDir()
	srv := embeddedIn(t, dir, "127.0.0.1:0")
	lost, restored := make(chan error, 10), make(chan struct{}, 10)
	conn, err := client.Connect(testContext(t), client.Config{
		URL: strings.Replace(srv.URL(), "//", "//user:secret@", 1), ReconnectWait: 10 * time.Millisecond,
		Lost: func(err error) { lost <- err }, Restored: func() { restored <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	address := strings.TrimPrefix(srv.URL(), "nats://")
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, lost, "the loss"); err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("%v gives the password away", err)
	}
	embeddedIn(t, dir, address)
	receive(t, restored, "the return")
	if strings.Contains(conn.URL(), "secret") {
		t.Errorf("URL %q gives the password away", conn.URL())
	}
}

// A server with little room gets smaller streams, and everything works.
func TestStreamsFitASmallServer(t *testing.T) {
	conn := connect(t, runServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 3 << 30}))
	start(t, conn, quick(), accept)
	submitWhenReady(t, conn, submission("s1"))
	if got := waitVerdict(t, conn, "s1").Verdict; got != verdict.Accepted {
		t.Errorf("verdict %s", got)
	}
}
