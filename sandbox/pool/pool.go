// Package pool keeps pre-warmed containers.
//
//	New ──> building ──> idle ──Lease──> leased ──Release──> resetting ──> idle
//	            ^                                               │ broken, or reset failed, or too old
//	            └───────────────────────────────────────────────┘ (closed and built anew)
//
// It promises that a leased container is as if new; that resetting and building never happen on the path of
// a lease that could be served; and that after Close nothing is left of any container.
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

// Mount makes a directory or file of the host visible in every container, read-only.
type Mount = sandbox.Mount

// Config says how many containers there are and what they see.
type Config struct {
	// Slots is the number of containers, and so of programs that run at once. 0 means one per usable core.
	Slots int
	// Pin binds each slot to a core of its own. There must be as many usable cores as slots.
	Pin bool
	// Mounts are bound read-only in every container, after the defaults (see DefaultMounts). A source that
	// does not exist is an error.
	Mounts []Mount
	// MaxUses and MaxAge bound the life of a container. 0 means DefaultMaxUses and DefaultMaxAge.
	MaxUses int
	MaxAge  time.Duration
}

// Bounds on the life of a container when Config names none.
const (
	DefaultMaxUses = 100_000
	DefaultMaxAge  = 24 * time.Hour
)

// Container ids on the host: every slot of every worker has a range of its own, above those that systemd and
// container engines hand out (systemd: up to 1,878,982,656).
const (
	firstID  = 1_900_000_000
	maxSlots = 128 // and as many companions
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
	tree   *cgroup.Tree // nil without control groups
	filter []byte
	idle   chan *slot     // of capacity Slots: giving back never blocks
	slots  []*slot        // set before use
	work   sync.WaitGroup // builds and resets under way
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	lent   map[*sandbox.Sandbox]*slot // guarded by mu: what is leased now
	closed bool                       // guarded by mu: no more work is begun

	building, companions                 atomic.Int64
	created, leases, resets, discardings atomic.Uint64
	buildErr                             atomic.Pointer[error] // why the last rebuild failed
}

// slot is one place for a container. A container that is replaced keeps its slot's cores and ids.
type slot struct {
	number int
	cpus   []int
	box    *sandbox.Sandbox // owned by whoever holds the slot
	born   time.Time
	uses   int
	builds int
	proven time.Time // when the container last answered

	// companion is for programs that run beside that in box, see LeasePair. Owned by whoever holds the slot.
	companion *slot
	used      bool // of a companion: since it was last made as if new
}

// pingAfter is how long an idle container is trusted without being asked. A reset proves it alive too, and a
// judge that is busy leases it again at once.
const pingAfter = time.Second

func (s *slot) healthy(ctx context.Context) bool {
	return s.box.Broken() == nil && !s.box.Died() && (time.Since(s.proven) < pingAfter || s.box.Ping(ctx) == nil)
}

// Stats is a snapshot of the pool.
type Stats struct {
	Slots, Idle, Leased, Building int    // containers by state, now
	Created, Leases, Resets       uint64 // since the start
	Discarded                     uint64 // containers thrown away after a fault, or for age
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
	p := &Pool{cfg: cfg, idle: make(chan *slot, cfg.Slots), lent: map[*sandbox.Sandbox]*slot{}}
	p.ctx, p.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := p.prepare(); err != nil {
		return nil, err
	}
	for i := range cfg.Slots {
		s := &slot{number: i, companion: &slot{number: maxSlots + i}}
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
		c.Slots = min(cores, maxSlots)
	}
	if c.Slots < 0 || c.Slots > maxSlots {
		return fmt.Errorf("pool of %d slots: choose 1 to %d", c.Slots, maxSlots)
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

// prepare asks the host what it has.
func (p *Pool) prepare() (err error) {
	if p.rights, err = FindPrivileges(); err != nil {
		return err
	}
	policy, err := seccompbpf.Parse(seccomp.Default)
	if err != nil {
		return fmt.Errorf("read the default seccomp policy: %w", err)
	}
	filter, err := p.rights.fit(policy).Compile()
	if err != nil {
		return fmt.Errorf("compile the default seccomp policy: %w", err)
	}
	p.filter = filter.Program
	if p.rights.Host != nil {
		p.tree, err = p.rights.Host.NewTree()
	}
	return err
}

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
		// A name that was never used: what is left of a broken container cannot stand in the way.
		Name:     fmt.Sprintf("c%d-%d", s.number, s.builds),
		CPUs:     s.cpus,
		IDBase:   uint32(firstID + (index*2*maxSlots+s.number)*sandbox.IDCount),
		Rootless: p.rights.rootless(s.number),
		Mounts:   p.cfg.Mounts,
		Filter:   p.filter,
	})
	if err != nil {
		return err
	}
	s.box, s.uses, s.born = box, 0, time.Now()
	s.proven = s.born
	p.created.Add(1)
	return nil
}

// Lease hands out a clean container; it waits until one is free or ctx ends.
func (p *Pool) Lease(ctx context.Context) (*sandbox.Sandbox, error) {
	for {
		select {
		case s := <-p.idle:
			if ctx.Err() != nil {
				p.idle <- s
				return nil, p.waitError(ctx)
			}
			if !s.healthy(ctx) {
				p.replace(s)
				continue
			}
			if !p.lend(s) {
				return nil, context.Cause(p.ctx)
			}
			return s.box, nil
		case <-ctx.Done():
			return nil, p.waitError(ctx)
		case <-p.ctx.Done():
			return nil, context.Cause(p.ctx)
		}
	}
}

// waitError is why a lease was not served: the caller's reason, and the host's when there is one.
func (p *Pool) waitError(ctx context.Context) error {
	err := fmt.Errorf("wait for a free container: %w", context.Cause(ctx))
	if last := p.buildErr.Load(); last != nil {
		err = fmt.Errorf("%w; the last container could not be built: %w", err, *last)
	}
	return err
}

// lend marks a slot as leased, unless the pool has been closed.
func (p *Pool) lend(s *slot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	s.uses++
	p.lent[s.box] = s
	p.leases.Add(1)
	return true
}

// Release takes a container back, resets it in the background, or replaces it when it is broken. Releasing
// what is not leased panics.
func (p *Pool) Release(box *sandbox.Sandbox) {
	s := p.takeBack(box)
	p.begin(func() {
		p.renewCompanion(s.companion)
		if p.renew(s) {
			p.idle <- s
			return
		}
		p.rebuild(s)
	})
}

// renew makes the container of a slot as if new; false when it has to be replaced.
func (p *Pool) renew(s *slot) bool {
	if s.box.Broken() != nil || s.uses >= p.cfg.MaxUses || time.Since(s.born) >= p.cfg.MaxAge || s.box.Reset(p.ctx) != nil {
		return false
	}
	p.resets.Add(1)
	s.proven = time.Now()
	return true
}

func (p *Pool) takeBack(box *sandbox.Sandbox) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.lent[box]
	if !ok {
		panic("pool: release of a container that is not leased")
	}
	delete(p.lent, box)
	return s
}

// replace rebuilds the container of a slot in the background.
func (p *Pool) replace(s *slot) { p.begin(func() { p.rebuild(s) }) }

// begin does something in the background. Once the pool is closed there is nothing left to do: Close ends all
// containers.
func (p *Pool) begin(do func()) (begun bool) {
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

// rebuild replaces a container, and keeps trying until it succeeds or the pool is closed.
func (p *Pool) rebuild(s *slot) {
	p.discardings.Add(1)
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

// Rootless tells whether containers are made as an ordinary user makes them.
func (p *Pool) Rootless() bool { return p.rights.Rootless != nil }

// Fault is why the last container could not be built; nil when it could.
func (p *Pool) Fault() error {
	if err := p.buildErr.Load(); err != nil {
		return *err
	}
	return nil
}

// Stats returns a snapshot.
func (p *Pool) Stats() Stats {
	return Stats{
		Slots: p.cfg.Slots, Idle: len(p.idle), Leased: p.lentNow(), Building: int(p.building.Load()),
		Created: p.created.Load(), Leases: p.leases.Load(), Resets: p.resets.Load(), Discarded: p.discardings.Load(),
		Companions: int(p.companions.Load()),
	}
}

func (p *Pool) lentNow() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lent)
}

// Close ends every container and waits for them. Containers still leased are ended too, and their runs fail:
// release them first where those matter. It can be called twice.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel(ErrClosed)
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
