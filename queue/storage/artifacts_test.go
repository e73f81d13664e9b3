package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/queuetest"
)

func newKeeper(conn *client.Conn) *Artifacts {
	return NewArtifacts(conn, 1, zerolog.Nop(), nil)
}

func output(data string) api.Artifact {
	return api.Artifact{Kind: api.ArtifactOutput, Name: "output", Data: []byte(data), Bytes: int64(len(data))}
}

// What is kept can be read again, by the namespace's own store, and for a week.
func TestKeeper(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	k := newKeeper(conn)
	for id, bucket := range map[string]string{"s1": "judge-files", "arena.s1": "judge-files-arena"} {
		large := strings.Repeat("0123456789", 100_000)
		a := k.Keep(queuetest.Context(t), id, id+".1/secret/1 (static)", output(large))
		if a.Error != "" || a.Data != nil || !strings.HasPrefix(a.Object, id+".1/secret/1 (static)/output-") {
			t.Fatalf("Keep() = %+v", a)
		}
		got, err := client.New(conn).Artifact(queuetest.Context(t), id, a)
		if err != nil || string(got) != large {
			t.Errorf("Artifact() = %d bytes, %v", len(got), err)
		}
		store, err := conn.JetStream().ObjectStore(queuetest.Context(t), bucket)
		if err != nil {
			t.Fatal(err)
		}
		status, err := store.Status(queuetest.Context(t))
		if err != nil || status.TTL() != 7*24*time.Hour {
			t.Errorf("%s: TTL %v, %v", bucket, status.TTL(), err)
		}
		forged := a
		forged.SHA256 = strings.Repeat("0", 64)
		if _, err := client.New(conn).Artifact(queuetest.Context(t), id, forged); !errors.Is(err, client.ErrDamaged) {
			t.Errorf("Artifact() with another hash = %v, want ErrDamaged", err)
		}
		if err := store.Delete(queuetest.Context(t), a.Object); err != nil {
			t.Fatal(err)
		}
		if _, err := client.New(conn).Artifact(queuetest.Context(t), id, a); !errors.Is(err, client.ErrNoObject) {
			t.Errorf("Artifact() of what is gone = %v, want ErrNoObject", err)
		}
	}
	if _, err := client.New(conn).Artifact(queuetest.Context(t), "s1", api.Artifact{Error: "left out"}); err == nil || !strings.Contains(err.Error(), "left out") {
		t.Errorf("Artifact() of what was never there = %v", err)
	}
}

// Two workers that judge the same attempt with different outputs do not overwrite each other's, and names of any length
// and kind can be stored.
func TestKeeperNames(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var keeping sync.WaitGroup
	for i := range 8 {
		k := newKeeper(conn)
		keeping.Go(func() {
			data := fmt.Sprint("output ", i/2) // two of each
			a := output(data)
			a.Name = strings.Repeat("ü/ >*", 300)
			a = k.Keep(queuetest.Context(t), "s1", "s1.1/1", a)
			got, err := client.New(conn).Artifact(queuetest.Context(t), "s1", a)
			if a.Error != "" || err != nil || string(got) != data {
				t.Errorf("%d: %q, %v, %+v", i, got, err, a)
			}
		})
	}
	keeping.Wait()
}

// A store that cannot take a file costs the file, and for a while it is not tried again; those of other namespaces are.
func TestKeeperFails(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	_, err := conn.JetStream().CreateObjectStore(queuetest.Context(t), jetstream.ObjectStoreConfig{Bucket: "judge-files", MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	k := newKeeper(conn)
	a := k.Keep(queuetest.Context(t), "s1", "s1.1/1", output(strings.Repeat("x", 100_000)))
	if a.Object != "" || a.Data != nil || a.Bytes != 100_000 || !strings.Contains(a.Error, "full") {
		t.Errorf("Keep() = %+v", a)
	}
	if a = k.Keep(queuetest.Context(t), "s1", "s1.1/2", output("x")); !strings.Contains(a.Error, "not tried, because of an earlier failure") {
		t.Errorf("Keep() after a failure = %+v", a)
	}
	if other := k.Keep(queuetest.Context(t), "arena.s1", "arena.s1.1/1", output("x")); other.Error != "" {
		t.Errorf("Keep() in another namespace = %+v", other)
	}
	delete(k.failed, "judge-files") // the rest is over
	if a = k.Keep(queuetest.Context(t), "s1", "s1.1/2", output("x")); a.Error != "" {
		t.Errorf("Keep() after the rest = %+v", a)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a = k.Keep(ctx, "s1", "s1.1/3", output("y")); a.Error == "" || k.suspended("judge-files") != nil {
		t.Errorf("Keep() of a canceled submission = %+v, resting: %v", a, k.suspended("judge-files"))
	}
}
