package pool

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A container that is thrown away after a fault is reported with the reason.
func TestDiscardedIsReported(t *testing.T) {
	reasons := make(chan error, 4)
	p := open(t, Config{Slots: 1, Discarded: func(reason error) { reasons <- reason }})
	box := lease(t, p)
	if err := unix.Kill(box.Pid(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.Release(box)
	if reason := <-reasons; reason == nil || strings.TrimSpace(reason.Error()) == "" {
		t.Errorf("discarded for %v, want a reason", reason)
	}
	p.Release(lease(t, p)) // as good as new, and not discarded
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if len(reasons) > 0 {
		t.Errorf("also discarded for %v", <-reasons)
	}
}
