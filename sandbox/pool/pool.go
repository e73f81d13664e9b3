// Package pool keeps pre-warmed containers.
//
//	New ──> building ──> idle ──Lease──> leased ──Release──> resetting ──> idle
//	            ^                                               │ broken, or reset failed, or too old
//	            └───────────────────────────────────────────────┘ (closed and built anew)
//
// It promises that a leased container is in its first state, that a lease that can be served never waits for a reset or a
// build, and that after Close nothing is left of any container.
package pool

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/configs/seccomp"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	seccompbpf "github.com/gaveloj/gavel/sandbox/seccomp"
)

// Mount makes a directory or file of the host visible in every container, read-only unless it says otherwise.
type Mount = sandbox.Mount

// Config says how many containers there are and what they see.
type Config struct {
	// Slots is the number of containers, and so of programs that run at once. 0 means one per usable core.
	Slots int
	// Pin binds each slot to a core of its own. There must be as many usable cores as slots.
	Pin bool
	// Mounts are made in every container, after the defaults (see DefaultMounts). A source that does not exist is an
	// error.
	Mounts []Mount
	// MaxUses and MaxAge bound the life of a container. 0 means DefaultMaxUses and DefaultMaxAge.
	MaxUses int
	MaxAge  time.Duration
	// Discarded, when set, is called with the reason when a container is thrown away that hung, died or could not be reset;
	// not when its life is over. user is the one whose lease it was in, see WithUser; nil where it was idle, or nobody said. It
	// may be called from several goroutines.
	Discarded func(user any, reason error)
}

// Bounds on the life of a container when Config names none.
const (
	DefaultMaxUses = 100_000
	DefaultMaxAge  = 24 * time.Hour
)

// DefaultMounts lists the toolchain directories of the host that every container sees read-only: those of
// /usr, /bin, /lib, /lib64, /etc/alternatives, ... that exist.
func DefaultMounts() []Mount { return sandbox.DefaultMounts() }

// ErrClosed is the error of a Lease on a pool that has been closed.
var ErrClosed = errors.New("pool closed")

// Pool is a fixed number of warm containers. Its methods may be called from several goroutines.
type Pool struct {
	cfg    Config
	rights *Privileges
	tree   *cgroup.Tree  // nil without control groups
	memory sandbox.Bytes // see Memory
	filter []byte
	idle   chan *slot     // of capacity Slots: giving back never blocks
	slots  []*slot        // set before use
	work   sync.WaitGroup // builds and resets under way
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	leased map[*sandbox.Sandbox]*slot // guarded by mu: what is leased now
	closed bool                       // guarded by mu: no more work is begun

	building, companions                 atomic.Int64
	created, leases, resets, discardings atomic.Uint64
	buildErr                             atomic.Pointer[error] // why the last rebuild failed
}

// Stats is a snapshot of the pool.
type Stats struct {
	Slots, Idle, Leased, Building int    // containers by state, now
	Created, Leases, Resets       uint64 // since the start
	Discarded                     uint64 // containers replaced after a fault, or for age
	Companions                    int    // further containers, one for each slot that was leased as a pair
}

// New builds every container and returns when all are warm.
func New(ctx context.Context, cfg Config) (*Pool, error) {
	cores, err := usableCores()
	if err != nil {
		return nil, err
	}
	if err := cfg.complete(len(cores)); err != nil {
		return nil, err
	}
	p := &Pool{cfg: cfg, idle: make(chan *slot, cfg.Slots), leased: map[*sandbox.Sandbox]*slot{}}
	p.ctx, p.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := p.prepare(); err != nil {
		return nil, err
	}
	for i := range cfg.Slots {
		s := &slot{number: i, companion: &slot{number: MaxSlots + i}}
		if cfg.Pin {
			s.cpus = cores[i : i+1]
			s.companion.cpus = s.cpus
		}
		p.slots = append(p.slots, s)
	}
	if err := p.warm(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// complete fills in defaults and checks.
func (c *Config) complete(cores int) error {
	if c.Slots == 0 {
		c.Slots = min(cores, MaxSlots)
	}
	if c.Slots < 0 || c.Slots > MaxSlots {
		return fmt.Errorf("pool of %d slots: choose 1 to %d", c.Slots, MaxSlots)
	}
	if c.Pin && c.Slots > cores {
		return fmt.Errorf("pool of %d slots on %d usable cores: choose at most %d slots, or switch pinning off",
			c.Slots, cores, cores)
	}
	if c.MaxUses == 0 {
		c.MaxUses = DefaultMaxUses
	}
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	c.Mounts = append(DefaultMounts(), c.Mounts...)
	return nil
}

func usableCores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("ask for usable cores: sched_getaffinity: %w", err)
	}
	var cores []int
	for cpu := 0; len(cores) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cores = append(cores, cpu)
		}
	}
	return cores, nil
}

// prepare finds what the host provides, and compiles the filter for that.
func (p *Pool) prepare() (err error) {
	if p.rights, err = FindPrivileges(); err != nil {
		return err
	}
	policy, err := seccompbpf.Parse(seccomp.Default)
	if err != nil {
		return fmt.Errorf("read the default seccomp policy: %w", err)
	}
	filter, err := p.rights.adapt(policy).Compile()
	if err != nil {
		return fmt.Errorf("compile the default seccomp policy: %w", err)
	}
	p.filter = filter.Program
	if p.rights.Host == nil {
		return nil
	}
	capacity, err := cgroup.MemoryCapacity()
	if err != nil {
		return err
	}
	if p.tree, err = p.rights.Host.NewTree(); err != nil {
		return err
	}
	p.memory = memoryForPrograms(sandbox.Bytes(capacity))
	if err := p.tree.LimitMemory(int64(p.memory)); err != nil {
		return errors.Join(err, p.tree.Close())
	}
	return nil
}

// memoryForPrograms is what all programs of a pool may have together: all but a sixteenth, and at least minRest, of what
// there is. Without such a limit the kernel would look for memory everywhere on the host before it ends one of them.
func memoryForPrograms(capacity sandbox.Bytes) sandbox.Bytes {
	const minRest = 64 * sandbox.MiB
	return max(capacity-max(capacity/16, minRest), capacity/2)
}

// Memory is what all programs of the pool may have together; 0 where there is no control group to hold them to it. Where it
// runs out, the error of a run is sandbox.ErrHostMemory.
func (p *Pool) Memory() sandbox.Bytes { return p.memory }

// warm builds every container, as many at once as there are processors.
func (p *Pool) warm(ctx context.Context) error {
	errs := make(chan error, len(p.slots))
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, s := range p.slots {
		p.work.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			err := p.build(ctx, s)
			if err == nil {
				p.idle <- s
			}
			errs <- err
		})
	}
	var all error
	for range p.slots {
		all = errors.Join(all, <-errs)
	}
	return all
}

// build puts a new container into the slot.
func (p *Pool) build(ctx context.Context, s *slot) error {
	p.building.Add(1)
	defer p.building.Add(-1)
	s.builds++
	index := 0
	if p.tree != nil {
		index = p.tree.Index()
	}
	box, err := sandbox.New(ctx, p.tree, sandbox.Config{
		// A name that was never used, so that the rest of a broken container does not collide with it.
		Name:     fmt.Sprintf("c%d-%d", s.number, s.builds),
		CPUs:     s.cpus,
		IDBase:   idBase(index, s.number),
		Rootless: p.rights.rootless(s.number),
		Mounts:   p.cfg.Mounts,
		Filter:   p.filter,
		// A slot that leases a pair has a second one.
		Containers: p.cfg.Slots,
	})
	if err != nil {
		return err
	}
	s.box, s.uses, s.builtAt = box, 0, time.Now()
	s.lastAnswer = s.builtAt
	p.created.Add(1)
	return nil
}

// inBackground calls do in a goroutine that Close waits for. It reports false once the pool is closed: nothing is left
// to do then, because Close ends all containers.
func (p *Pool) inBackground(do func()) (begun bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.work.Go(do)
	}
	return !p.closed
}

// Pauses between attempts to build a container on a host that refuses.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
)

// reportDiscard passes on why the container of a slot is thrown away, and who used it.
func (p *Pool) reportDiscard(s *slot) {
	user := s.user
	s.user = nil
	reason := s.box.Broken()
	if reason == nil && s.box.Died() {
		reason = errors.New("the container server died")
	}
	if reason != nil && p.cfg.Discarded != nil && p.ctx.Err() == nil {
		p.cfg.Discarded(user, reason)
	}
}

// rebuild replaces a container, and retries until it succeeds or the pool is closed.
func (p *Pool) rebuild(s *slot) {
	p.discardings.Add(1)
	p.reportDiscard(s)
	if err := s.box.Close(); err != nil {
		p.buildErr.Store(&err)
	}
	for pause := firstPause; p.ctx.Err() == nil; pause = min(2*pause, maxPause) {
		err := p.build(p.ctx, s)
		if err == nil {
			p.buildErr.Store(nil)
			p.idle <- s
			return
		}
		p.buildErr.Store(&err)
		select {
		case <-time.After(pause):
		case <-p.ctx.Done():
			return
		}
	}
}

// Slots is the number of containers.
func (p *Pool) Slots() int { return p.cfg.Slots }

// Shortcomings are what containers do without on this host.
func (p *Pool) Shortcomings() []Shortcoming { return p.rights.Shortcomings }

// CgroupVersion is that of the control groups in use: 1 or 2, or 0 where there are none for us.
func (p *Pool) CgroupVersion() int {
	if p.rights.Host == nil {
		return 0
	}
	return p.rights.Host.Version()
}

// Rootless reports whether containers are made without root, as an ordinary user makes them.
func (p *Pool) Rootless() bool { return p.rights.Rootless != nil }

// Fault is why the last container could not be built, or nil.
func (p *Pool) Fault() error {
	if err := p.buildErr.Load(); err != nil {
		return *err
	}
	return nil
}

// Stats returns a snapshot.
func (p *Pool) Stats() Stats {
	return Stats{
		Slots: p.cfg.Slots, Idle: len(p.idle), Leased: p.leasedNow(), Building: int(p.building.Load()),
		Created: p.created.Load(), Leases: p.leases.Load(), Resets: p.resets.Load(), Discarded: p.discardings.Load(),
		Companions: int(p.companions.Load()),
	}
}

// Close closes every container, also those that are leased, whose runs fail with sandbox.ErrLost. It may be called twice.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.cancel(ErrClosed) // at the same moment, so that no Lease sees one without the other
	p.mu.Unlock()
	p.work.Wait()
	var errs []error
	for _, s := range p.slots {
		for _, box := range []*sandbox.Sandbox{s.box, s.companion.box} {
			if box != nil {
				errs = append(errs, box.Close())
			}
		}
	}
	if p.tree != nil {
		errs = append(errs, p.tree.Close())
		p.tree = nil
	}
	return errors.Join(errs...)
}
