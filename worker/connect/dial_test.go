package connect

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// The local key goes to the worker of the state directory alone, and only where no other credentials are given.
func TestSettingsOfLocalWorker(t *testing.T) {
	t.Parallel()
	s := &state.Dir{Path: t.TempDir()}
	if got := (Settings{}).OfLocalWorker(s.Path); got != (Settings{}) {
		t.Errorf("without a key: %+v, want nothing", got)
	}
	if _, err := s.NATSKey(); err != nil {
		t.Fatal(err)
	}
	if got := (Settings{}).OfLocalWorker(s.Path); got.NKey != state.NATSKeyFile(s.Path) {
		t.Errorf("while the worker starts: %+v, want the key", got)
	}
	for _, own := range []Settings{{Credentials: "a"}, {NKey: "b"}, {User: "c"}} {
		if got := own.OfLocalWorker(s.Path); got != own {
			t.Errorf("with credentials: %+v, want %+v", got, own)
		}
	}
	for _, at := range []state.Endpoint{{PID: 1, NATS: "nats://outside:4222"}, {PID: 1, NATS: "nats://127.0.0.1:1", NKey: state.NATSKeyFile(s.Path)}} {
		if err := at.Publish(s.Path); err != nil {
			t.Fatal(err)
		}
		if got := (Settings{}).OfLocalWorker(s.Path); got.NKey != at.NKey {
			t.Errorf("worker at %+v: %+v", at, got)
		}
	}
}

// Who waits at a terminal sees at once for what, and then why.
func TestConnectingIsSeen(t *testing.T) {
	t.Parallel()
	url := "nats://" + queuetest.FreeAddress(t)
	var stderr bytes.Buffer
	out := &terminal.Output{Stderr: &stderr, Progress: true}
	_, err := Settings{Wait: settings.Span(100 * time.Millisecond)}.connectVisibly(context.Background(), out, url)
	if err == nil {
		t.Fatal("connectVisibly() = nil, want an error")
	}
	attempt := "connecting to " + url + " for up to 100ms"
	const erased = "\r\x1b[K"
	if want := attempt + erased + attempt + ": nothing listens there" + erased; stderr.String() != want {
		t.Errorf("stderr = %q, want %q", stderr.String(), want)
	}
}
