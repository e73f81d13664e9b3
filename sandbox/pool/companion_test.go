package pool

import (
	"sync"
	"testing"

	"github.com/gaveloj/gavel/sandbox"
)

func leasePair(t testing.TB, p *Pool) (box, companion *sandbox.Sandbox) {
	t.Helper()
	box, companion, err := p.LeasePair(t.Context())
	if err != nil {
		t.Fatalf("LeasePair() = %v", err)
	}
	return box, companion
}

func TestLeasePair(t *testing.T) {
	p := open(t, Config{Slots: 1})
	box, companion := leasePair(t, p)
	output(t, companion, "echo a > note")
	if got := output(t, box, "ls"); got != "" {
		t.Errorf("the first of the two has %q of the second", got)
	}
	if s := p.Stats(); s.Leased != 1 || s.Companions != 1 || s.Created != 2 {
		t.Errorf("statistics %+v, want one leased, one companion and two created", s)
	}
	p.Release(box)
	again, warm := leasePair(t, p)
	if again != box || warm != companion {
		t.Error("the two were not kept")
	}
	if got := output(t, warm, "ls"); got != "" {
		t.Errorf("the second was not reset: %q", got)
	}
	p.Release(again)
}

// Each with its companion at once: none waits for another.
func TestLeasePairsAtOnce(t *testing.T) {
	p := open(t, Config{Slots: 2})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				box, companion, err := p.LeasePair(t.Context())
				if err != nil {
					t.Errorf("LeasePair() = %v", err)
					return
				}
				if _, err := companion.Run(t.Context(), sh("true")); err != nil {
					t.Errorf("Run() = %v", err)
				}
				p.Release(box)
			}
		})
	}
	all.Wait()
	if s := p.Stats(); s.Companions != 2 || s.Created != 4 {
		t.Errorf("statistics %+v, want two companions and four created", s)
	}
}

func TestCompanionIsReplaced(t *testing.T) {
	p := open(t, Config{Slots: 1})
	box, companion := leasePair(t, p)
	kill(t, companion.Pid())
	p.Release(box)
	box, fresh := leasePair(t, p)
	if fresh == companion {
		t.Error("lease of a dead container")
	}
	output(t, fresh, "true")
	p.Release(box)
	// One that dies while nobody has it is found out at the next lease.
	eventually(t, "idle", func() bool { return p.Stats().Idle == 1 })
	kill(t, fresh.Pid())
	box, third := leasePair(t, p)
	output(t, third, "true")
	p.Release(box)
	if s := p.Stats(); s.Companions != 1 || s.Discarded != 2 {
		t.Errorf("statistics %+v, want one companion and two discarded", s)
	}
}

func TestCloseWithPairLeased(t *testing.T) {
	require(t)
	p, err := New(t.Context(), Config{Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	leasePair(t, p)
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if _, _, err := p.LeasePair(t.Context()); err == nil {
		t.Error("LeasePair() of a closed pool succeeded")
	}
}
