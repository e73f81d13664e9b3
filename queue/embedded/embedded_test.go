package embedded_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

func TestEmbeddedRefuses(t *testing.T) {
	dir := t.TempDir()
	srv := queuetest.ServerIn(t, dir, "127.0.0.1:0")
	taken := strings.TrimPrefix(srv.URL(), "nats://")
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cfg  embedded.Config
		want string
	}{
		"directory in use": {embedded.Config{Dir: dir, Address: "127.0.0.1:0"}, dir + " is in use by another server"},
		"no directory":     {embedded.Config{Address: "127.0.0.1:0"}, "store directory is not set"},
		"a file":           {embedded.Config{Dir: plain, Address: "127.0.0.1:0"}, plain},
		"address taken":    {embedded.Config{Dir: t.TempDir(), Address: taken}, "address already in use"},
		"no port":          {embedded.Config{Dir: t.TempDir(), Address: "localhost"}, "want host:port"},
		"open network":     {embedded.Config{Dir: t.TempDir(), Address: "0.0.0.0:0"}, "beyond loopback, and no key is asked for"},
		"bad port":         {embedded.Config{Dir: t.TempDir(), Address: "localhost:99999"}, "port must be"},
	} {
		srv, err := embedded.Start(test.cfg)
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

// newKey makes a key of a user.
func newKey(t *testing.T) (file, public string) {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = key.PublicKey(); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, public
}

// makeStreams connects and makes the streams.
func makeStreams(t *testing.T, cfg client.Config) error {
	t.Helper()
	conn, err := client.Connect(queuetest.Context(t), cfg)
	if err != nil {
		return err
	}
	defer conn.Close()
	return storage.Ensure(queuetest.Context(t), conn, 1)
}

// Who has not got the key reaches nothing, nor who has another one.
func TestEmbeddedAsksForItsKey(t *testing.T) {
	file, public := newKey(t)
	other, _ := newKey(t)
	srv, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0", NKey: public})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	}()
	for name, test := range map[string]struct {
		cfg  client.Config
		want string // "" for a connection that makes streams
	}{
		"its key":     {client.Config{NKeyFile: file}, ""},
		"nothing":     {client.Config{}, "Authorization Violation; give credentials that the server knows; .* nats.nk of its state directory"},
		"another key": {client.Config{NKeyFile: other}, "Authorization Violation"},
		"a password":  {client.Config{User: "gavel", Password: public}, "Authorization Violation"},
	} {
		test.cfg.URL = srv.URL()
		if err := makeStreams(t, test.cfg); (err == nil) != (test.want == "") || err != nil && !regexp.MustCompile(test.want).MatchString(err.Error()) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	// In this process nobody says why: the pipe is closed before that is read.
	if err := makeStreams(t, client.Config{URL: srv.URL(), InProcess: srv, NKeyFile: other, Wait: time.Second}); err == nil {
		t.Error("another key will do in this process")
	}
	if err := makeStreams(t, client.Config{URL: "nats://127.0.0.1:1", InProcess: srv, NKeyFile: file}); err != nil {
		t.Errorf("its key, in this process: %v", err)
	}
}

// A key for the embedded server is not shown to another one: it tells nothing, and is not what the caller thinks.
func TestConnectWithKeyToServerWithout(t *testing.T) {
	file, _ := newKey(t)
	_, err := client.Connect(queuetest.Context(t), client.Config{URL: queuetest.Server(t).URL(), NKeyFile: file})
	if err == nil || !strings.Contains(err.Error(), "another server than the one that the key is for") {
		t.Errorf("Connect = %v, want that it is another server", err)
	}
}

func TestEmbeddedStopsTwiceAndFreesItsDirectory(t *testing.T) {
	dir := t.TempDir()
	srv := queuetest.ServerIn(t, dir, "127.0.0.1:0")
	for range 2 {
		if err := srv.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	queuetest.ServerIn(t, dir, "127.0.0.1:0")
}
