package pool

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// discarded is what Config.Discarded was told.
type discarded struct {
	user   any
	reason error
}

// A container that is thrown away after a fault is reported with the reason, and with the one who used it.
func TestDiscardedIsReported(t *testing.T) {
	reports := make(chan discarded, 4)
	p := open(t, Config{Slots: 1, Discarded: func(user any, reason error) { reports <- discarded{user, reason} }})
	kill := func(box *sandbox.Sandbox) {
		t.Helper()
		if err := unix.Kill(box.Pid(), unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	wantReport := func(user any) {
		t.Helper()
		if got := <-reports; got.user != user || got.reason == nil || strings.TrimSpace(got.reason.Error()) == "" {
			t.Errorf("discarded for %v, of %v; want a reason, and %v", got.reason, got.user, user)
		}
	}
	box, err := p.Lease(WithUser(t.Context(), "s1"))
	if err != nil {
		t.Fatal(err)
	}
	kill(box)
	p.Release(box)
	wantReport("s1")

	box, companion, err := p.LeasePair(WithUser(t.Context(), "s2"))
	if err != nil {
		t.Fatal(err)
	}
	kill(companion)
	p.Release(box)
	wantReport("s2")

	box = lease(t, p) // by nobody who says so
	kill(box)
	p.Release(box)
	wantReport(nil)

	p.Release(lease(t, p)) // as good as new, and not discarded
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if len(reports) > 0 {
		t.Errorf("also discarded: %v", <-reports)
	}
}
