package client_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/queuetest"
)

func TestConnectNamesUnreachableServer(t *testing.T) {
	address := queuetest.FreeAddress(t)
	url := "nats://judge:secret@" + address
	var why []string
	_, err := client.Connect(queuetest.Context(t), client.Config{
		URL: url, Wait: 100 * time.Millisecond, ReconnectWait: 10 * time.Millisecond,
		Unreachable: func(err error) { why = append(why, err.Error()) },
	})
	if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "100ms") {
		t.Errorf("Connect = %v, want an error with the address and the wait", err)
	}
	if len(why) == 0 || why[0] != "nothing listens there" {
		t.Errorf("Connect says %q of its tries, want at least once that nothing listens there", why)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("Connect = %v, which gives the password away", err)
	}
}

func TestConnectWaitsForServer(t *testing.T) {
	address := queuetest.FreeAddress(t)
	connected := make(chan error, 1)
	ctx := queuetest.Context(t)
	var connecting sync.WaitGroup
	defer connecting.Wait()
	connecting.Go(func() {
		conn, err := client.Connect(ctx, client.Config{URL: "nats://" + address, Wait: -1, ReconnectWait: 10 * time.Millisecond})
		if err == nil {
			conn.Close()
		}
		connected <- err
	})
	queuetest.ServerIn(t, t.TempDir(), address)
	if err := queuetest.Receive(t, connected, "the connection"); err != nil {
		t.Error(err)
	}
}

func TestConnectEndsWithContext(t *testing.T) {
	home := errors.New("gone home")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 50*time.Millisecond, home)
	defer cancel()
	if _, err := client.Connect(ctx, client.Config{URL: "nats://" + queuetest.FreeAddress(t), Wait: -1}); !errors.Is(err, home) {
		t.Errorf("Connect = %v, want the cause", err)
	}
}

func TestConnectWithPassword(t *testing.T) {
	srv := queuetest.RunServer(t, &server.Options{Username: "judge", Password: "secret", JetStream: true})
	_, err := client.Connect(queuetest.Context(t), client.Config{URL: srv, User: "judge", Password: "wrong"})
	if err == nil || !strings.Contains(err.Error(), "uthorization") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("Connect with a wrong password = %v", err)
	}
	conn, err := client.Connect(queuetest.Context(t), client.Config{URL: srv, User: "judge", Password: "secret"})
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
		_, err := client.Connect(queuetest.Context(t), test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: Connect = %v, want %q in it", name, err, test.want)
		}
	}
}

func TestConnectionTellsOfItsLoss(t *testing.T) {
	dir := t.TempDir()
	address := queuetest.FreeAddress(t)
	srv := queuetest.ServerIn(t, dir, address)
	lost, restored := make(chan error, 10), make(chan struct{}, 10)
	conn, err := client.Connect(queuetest.Context(t), client.Config{
		URL: strings.Replace(srv.URL(), "//", "//user:secret@", 1), ReconnectWait: 10 * time.Millisecond,
		Lost: func(err error) { lost <- err }, Restored: func() { restored <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := queuetest.Receive(t, lost, "the loss"); err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("%v gives the password away", err)
	}
	queuetest.ServerIn(t, dir, address)
	queuetest.Receive(t, restored, "the return")
	if strings.Contains(conn.URL(), "secret") {
		t.Errorf("URL %q gives the password away", conn.URL())
	}
}
