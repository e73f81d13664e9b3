package userlimits

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestUserLimits holds for any number of slots that all containers together, those of pairs too, leave the host half at least,
// and all but those of pairs most of it.
func TestUserLimits(t *testing.T) {
	for _, host := range []Counts{{128, 8192, 7800, 8 << 20}, {128, 192_536, 96_364, 64 << 10}, {1 << 40, 1 << 40, unix.RLIM_INFINITY, unix.RLIM_INFINITY}, {}} {
		allows := map[string]uint64{"max_inotify_instances": host.inotifyInstances, "max_inotify_watches": host.inotifyWatches}
		for slots := range 130 {
			for _, l := range host.PerUser(slots) {
				if all := l.Most * uint64(2*max(slots, 1)); all > allows[l.Name]/2 {
					t.Errorf("%d slots may have %d of %s, of %d", slots, all, l.Name, allows[l.Name])
				}
			}
			for _, l := range host.Inherited(slots) {
				if l.Soft != l.Hard || l.Resource == unix.RLIMIT_SIGPENDING && l.Hard*uint64(2*max(slots, 1)) > host.pendingSignals/2 {
					t.Errorf("%d slots may have %d each of resource %d, of %d", slots, l.Hard, l.Resource, host.pendingSignals)
				}
			}
		}
	}
	// A usual host, eight slots.
	usual := Counts{128, 192_536, 96_364, 8 << 20}
	for name, least := range map[string]uint64{"max_inotify_instances": 2, "max_inotify_watches": 1024} {
		for _, l := range usual.PerUser(8) {
			if l.Name == name && l.Most < least {
				t.Errorf("one of eight slots gets %d of %s, want %d at least", l.Most, name, least)
			}
		}
	}
	if got := usual.Inherited(8)[0].Hard; got < 256 {
		t.Errorf("one of eight slots gets %d pending signals", got)
	}
}
