package judging

import (
	"context"
	"strings"
	"testing"
	"time"

	_ "github.com/gaveloj/gavel/sandbox/container/hook" // the test binary is the container server
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
)

func TestSelfTest(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	containers, err := pool.New(t.Context(), pool.Config{Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	state := &state.Dir{Temp: t.TempDir()}
	b := &Runtime{cfg: Config{State: state}, Containers: containers}
	if err := b.SelfTest(t.Context()); err != nil {
		t.Errorf("SelfTest = %v", err)
	}
	box, err := containers.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	busy, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.SelfTest(busy); err != nil {
		t.Errorf("SelfTest with every container at work = %v", err)
	}
	containers.Release(box)
	state.Temp = "/proc/nowhere"
	if err := b.SelfTest(t.Context()); err == nil || !strings.Contains(err.Error(), "write temporary file") {
		t.Errorf("SelfTest without a directory for files = %v", err)
	}
	if err := containers.Close(); err != nil {
		t.Fatal(err)
	}
	state.Temp = t.TempDir()
	if err := b.SelfTest(t.Context()); err == nil || !strings.Contains(err.Error(), "lease a container") {
		t.Errorf("SelfTest without containers = %v", err)
	}
}
