package sandbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	_ "github.com/gaveloj/gavel/sandbox/container/hook"
	"github.com/gaveloj/gavel/sandbox/pool"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	t0 := time.Now()
	p, err := pool.New(ctx, pool.Config{Slots: 2, Pin: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("pool", time.Since(t0))
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	s, err := p.Lease(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range [][]string{{"true"}, {"sh", "-c", "id; pwd; ls -la / /w /dev; ps aux; cat /proc/self/status; cat /proc/self/cgroup"}, {"python3", "-c", "print(1+1)"}} {
		r, err := s.Run(ctx, sandbox.Command{Args: a, Limits: sandbox.Limits{CPU: time.Second, Wall: 2 * time.Second, Memory: 256 * sandbox.MiB, Output: sandbox.MiB}})
		t.Logf("%+v %v\n%s\n%s", r, err, r.Stdout, r.Stderr)
	}
	p.Release(s)
}
