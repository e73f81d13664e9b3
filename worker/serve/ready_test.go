package serve

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

func TestReady(t *testing.T) {
	t.Parallel()
	status, body := http.StatusOK, "ok\nlanguages: 1 of 4 ready, to come: java go\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // the test sees what arrived
	}))
	defer server.Close()
	dir := t.TempDir()
	check := func(want error, wantText string) {
		t.Helper()
		var stdout bytes.Buffer
		err := Ready{settings.State{StateDir: dir}}.Run(t.Context(), &terminal.Output{Stdout: &stdout, Stderr: os.Stderr})
		if !errors.Is(err, want) || stdout.String() != wantText {
			t.Errorf("ready = %v, %q, want %v, %q", err, stdout.String(), want, wantText)
		}
	}
	check(exit.ErrNotOK, "no worker of this host uses "+dir+"; name the directory of the one that is meant with --state-dir DIR\n")
	at := state.Endpoint{PID: os.Getpid(), NATS: "nats://127.0.0.1:1", HTTP: server.URL}
	if err := at.Publish(dir); err != nil {
		t.Fatal(err)
	}
	check(nil, body)
	status, body = http.StatusServiceUnavailable, "disk of /x: none\n"
	check(exit.ErrNotOK, body)
	nobody := queuetest.FreeAddress(t)
	at.HTTP = "http://" + nobody
	if err := at.Publish(dir); err != nil {
		t.Fatal(err)
	}
	check(exit.ErrNotOK, "the worker of "+dir+" does not answer: dial tcp "+nobody+": connect: connection refused\n")
}
