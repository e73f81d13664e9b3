package language

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// Ahead says what Run does before it is needed.
type Ahead int

// What Run does.
const (
	// UsedCaches completes the caches of the languages that were used.
	UsedCaches Ahead = iota
	// EveryLanguage readies all languages, the usual ones first, completes all caches, and tries again what failed.
	EveryLanguage
)

// lookEvery is the time between two looks at the toolchains of all languages: one takes some milliseconds.
const lookEvery = 15 * time.Second

// Run prepares languages one at a time, at the lowest priority, until ctx ends. newPool makes a pool of one container
// that sees Mounts; it is called when there is something to do, and the pool is closed when there is no more.
func (t *Toolchains) Run(ctx context.Context, ahead Ahead, newPool func(context.Context) (*pool.Pool, error)) error {
	b := background{Toolchains: t, ahead: ahead, newPool: newPool}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		for b.work(ctx) {
		}
		if err := b.close(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
		case <-look.C:
			t.look()
		}
	}
}

// look finds what has changed, and keeps the caches that are in use from being removed by others.
func (t *Toolchains) look() {
	for _, c := range t.all {
		t.refresh(c)
		t.mu.Lock()
		used := c.cache.dir
		t.mu.Unlock()
		if used != "" {
			touch(filepath.Join(t.caches, used))
		}
	}
}

// Settle completes, in p, the caches of languages that were used now and in an earlier run. It is for commands that end
// soon: what is used once does not pay for a cache, and what is used again does.
func (t *Toolchains) Settle(ctx context.Context, p *pool.Pool, progress func(l *Language)) error {
	for {
		c := t.incomplete(func(c *toolchain) bool { return c.recalled && c.language.Prepare.Optional })
		if c == nil {
			return nil
		}
		progress(c.language)
		if err := t.complete(ctx, leaseFrom(p), c); err != nil {
			return err
		}
	}
}

// Complete readies l and makes what its first use does not wait for. It is for who measures.
func (t *Toolchains) Complete(ctx context.Context, p *pool.Pool, l *Language) error {
	if err := t.Ready(ctx, p, l); err != nil {
		return err
	}
	if c := t.of(l); c != nil {
		return t.complete(ctx, leaseFrom(p), c)
	}
	return nil
}

// background is Run at work.
type background struct {
	*Toolchains
	ahead   Ahead
	newPool func(context.Context) (*pool.Pool, error)
	pool    *pool.Pool // nil while there is nothing to do
	current *toolchain // that it is at work on; nil while there is none
}

// work does one piece of work; false when there is none.
func (b *background) work(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	if b.ahead == EveryLanguage {
		if c := b.nextToTry(); c != nil {
			return b.do(c, func() error { return b.ready(ctx, b.lease, c.language) })
		}
	}
	if c := b.incomplete(func(c *toolchain) bool { return b.ahead == EveryLanguage || c.language.Prepare.Optional }); c != nil {
		return b.do(c, func() error { return b.complete(ctx, b.lease, c) })
	}
	return false
}

// do does something for c, and reports whether there may be more to do: what is wrong with a language is in its status.
func (b *background) do(c *toolchain, something func() error) bool {
	b.current = c
	err := something()
	b.current = nil
	var fault *leaseError
	return !errors.As(err, &fault)
}

// nextToTry is the language that is tried next: those that a submission may mean by the names of its files before others,
// and those last that take long to prepare.
func (b *background) nextToTry() *toolchain {
	var next *toolchain
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.all {
		if c.making != nil {
			continue
		}
		c.tryAgain()
		if c.status.State == StatePending && (next == nil || c.language.rank() < next.language.rank()) {
			next = c
		}
	}
	return next
}

// rank orders languages for Run.
func (l *Language) rank() int {
	switch {
	case l.Prepare != nil && !l.Prepare.Optional:
		return 2
	case len(l.Claims) == 0:
		return 1
	}
	return 0
}

// incomplete is the language, among those wanted, whose cache is completed next, or nil: those that work without it
// first, since they are made sooner. wanted is called with mu held.
func (t *Toolchains) incomplete(wanted func(*toolchain) bool) *toolchain {
	t.mu.Lock()
	defer t.mu.Unlock()
	var next *toolchain
	for _, c := range t.all {
		if c.cache.complete || c.uncompleted() != nil || c.status.State != StateReady || !wanted(c) {
			continue
		}
		if next == nil || c.language.rank() < next.language.rank() {
			next = c
		}
	}
	return next
}

// lease gives a container of the pool, slowed down until a submission waits for what is done in it: on a busy host it
// would wait for minutes otherwise.
func (b *background) lease(ctx context.Context, do func(*sandbox.Sandbox) error) error {
	if b.pool == nil {
		p, err := b.newPool(ctx)
		if err != nil {
			return &leaseError{fmt.Errorf("make a container to prepare languages: %w", err)}
		}
		b.pool = p
	}
	return leaseFrom(b.pool)(ctx, func(sb *sandbox.Sandbox) error {
		setPriority(sb.Pid(), lowestPriority)
		b.mu.Lock()
		tasks := []*task{b.current.making, b.current.completing}
		b.mu.Unlock()
		for _, w := range tasks {
			if w != nil {
				stop := context.AfterFunc(w.awaited, func() { setPriority(sb.Pid(), usualPriority) })
				defer stop()
			}
		}
		return do(sb)
	})
}

func (b *background) close() error {
	if b.pool == nil {
		return nil
	}
	p := b.pool
	b.pool = nil
	if err := p.Close(); err != nil {
		return fmt.Errorf("close container that prepared languages: %w", err)
	}
	return nil
}

// Nice values (man 7 sched).
const (
	usualPriority  = 0
	lowestPriority = 19
)

// setPriority sets the nice value of a container server and of all that it started. Where the kernel groups processes by
// session, the value of the group counts. What is refused is left: then it goes on as the others do. An ordinary user may
// lower a priority alone.
func setPriority(pid, nice int) {
	threads, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
	if err != nil {
		return // it has died; the next call in the container says so
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			continue
		}
		_ = unix.Setpriority(unix.PRIO_PROCESS, id, nice)
		children, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", thread.Name(), "children"))
		for child := range strings.FieldsSeq(string(children)) {
			if id, err := strconv.Atoi(child); err == nil {
				setPriority(id, nice)
			}
		}
	}
	// Kernels without such groups have no such file.
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "autogroup"), []byte(strconv.Itoa(nice)), 0)
}
