package main

import (
	"testing"
)

// The local key goes to the worker of the state directory alone, and only where no other credentials are given.
func TestSettingsOfLocalWorker(t *testing.T) {
	s := &stateDir{dir: t.TempDir()}
	if got := (natsSettings{}).ofLocalWorker(s.dir); got != (natsSettings{}) {
		t.Errorf("without a key: %+v, want nothing", got)
	}
	if _, err := s.natsKey(); err != nil {
		t.Fatal(err)
	}
	if got := (natsSettings{}).ofLocalWorker(s.dir); got.NKey != natsKeyFile(s.dir) {
		t.Errorf("while the worker starts: %+v, want the key", got)
	}
	for _, own := range []natsSettings{{Credentials: "a"}, {NKey: "b"}, {User: "c"}} {
		if got := own.ofLocalWorker(s.dir); got != own {
			t.Errorf("with credentials: %+v, want %+v", got, own)
		}
	}
	for _, at := range []endpoint{{PID: 1, NATS: "nats://outside:4222"}, {PID: 1, NATS: "nats://127.0.0.1:1", NKey: natsKeyFile(s.dir)}} {
		if err := at.publish(s.dir); err != nil {
			t.Fatal(err)
		}
		if got := (natsSettings{}).ofLocalWorker(s.dir); got.NKey != at.NKey {
			t.Errorf("worker at %+v: %+v", at, got)
		}
	}
}
