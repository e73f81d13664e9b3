package pool

import (
	"context"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
)

// MaxSlots is the most slots that a pool can have; each may have a companion besides (LeasePair).
const MaxSlots = 128

// firstID is the first container id on the host. Every slot and companion of every worker has a range of
// sandbox.IDCount ids of its own, above those that systemd and container engines hand out (systemd: up to
// 1,878,982,656).
const firstID = 1_900_000_000

// The last range of the last worker must end below 2^32-1, which means no id: beyond it the numbers would wrap into
// those of the host's own users. This does not compile if it does not.
const _ = uint32(firstID + cgroup.MaxTrees*2*MaxSlots*sandbox.IDCount)

// idBase is the first id of a slot of the worker that holds the control group tree of that index.
func idBase(index, slot int) uint32 {
	if index < 0 || index >= cgroup.MaxTrees || slot < 0 || slot >= 2*MaxSlots {
		panic(fmt.Sprintf("pool: tree %d, slot %d: no ids are set apart for these", index, slot))
	}
	return uint32(firstID + (index*2*MaxSlots+slot)*sandbox.IDCount)
}

// slot is one place for a container. A container that is replaced keeps its slot's cores and ids.
type slot struct {
	number     int
	cpus       []int
	box        *sandbox.Sandbox // owned by whoever holds the slot
	builtAt    time.Time
	uses       int
	builds     int
	lastAnswer time.Time // when the container last answered
	user       any       // who leased it, see WithUser; nil while it is idle

	// companion is for programs that run beside that in box, see LeasePair. Owned by whoever holds the slot.
	companion *slot
	used      bool // of a companion: since it was last made as if new
}

// A container that was idle for longer than pingAfter is pinged before it is leased, and replaced if it does not answer
// within pingTimeout. A busy judge leases it again at once after a reset, which the container answers too.
const (
	pingAfter   = time.Second
	pingTimeout = 5 * time.Second
)

// alive reports whether the container can be used as far as is known without asking it.
func (s *slot) alive() bool { return s.box.Broken() == nil && !s.box.Died() }

// rested reports whether the container has to be pinged before it is used.
func (s *slot) rested() bool { return time.Since(s.lastAnswer) >= pingAfter }

// answers pings the container. ctx must be the pool's: a container that has not answered when ctx ends is lost, and it
// may be sound.
func (s *slot) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if s.box.Ping(ctx) != nil {
		return false
	}
	s.lastAnswer = time.Now()
	return true
}
