package main

import (
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// The probe passes a server with JetStream, and nothing else.
func TestProbe(t *testing.T) {
	t.Parallel()
	address := func(o server.Options) string {
		o.Host, o.Port, o.NoLog, o.NoSigs, o.StoreDir = "127.0.0.1", server.RANDOM_PORT, true, true, t.TempDir()
		s, err := server.NewServer(&o)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		return s.Addr().String()
	}
	if err := probe(address(server.Options{JetStream: true})); err != nil {
		t.Errorf("probe() of a server with JetStream = %v", err)
	}
	if err := probe(address(server.Options{})); err == nil || !strings.Contains(err.Error(), "JetStream") {
		t.Errorf("probe() of a server without JetStream = %v", err)
	}
	if err := probe("127.0.0.1:1"); err == nil {
		t.Error("probe() of nothing passed")
	}
}
