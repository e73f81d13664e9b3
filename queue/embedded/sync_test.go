package embedded

import (
	"testing"
	"time"
)

// What the configuration says of the disk reaches the server.
func TestSync(t *testing.T) {
	for _, cfg := range []Config{{SyncAlways: true}, {SyncEvery: 10 * time.Second}, {}} {
		cfg.Dir, cfg.Address = t.TempDir(), "127.0.0.1:0"
		e, err := Start(cfg)
		if err != nil {
			t.Fatal(err)
		}
		want := cfg.SyncEvery
		if want == 0 {
			want = 2 * time.Minute
		}
		if got := e.srv.Load().JetStreamConfig(); got.SyncAlways != cfg.SyncAlways || got.SyncInterval != want {
			t.Errorf("%+v: server syncs always: %v, every %v", cfg, got.SyncAlways, got.SyncInterval)
		}
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}
}
