package language

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// ErrChanged says that a toolchain changed while it compiled, so that what came of it is neither the old one's nor the new
// one's. Compile again, once the language is Ready.
var ErrChanged = errors.New("toolchain changed while it compiled")

// leaseFunc does something in a clean container.
type leaseFunc func(ctx context.Context, do func(*sandbox.Sandbox) error) error

func leaseFrom(p *pool.Pool) leaseFunc {
	return func(ctx context.Context, do func(*sandbox.Sandbox) error) error {
		sb, err := p.Lease(ctx)
		if err != nil {
			return &leaseError{fmt.Errorf("lease container: %w", err)}
		}
		defer p.Release(sb)
		return do(sb)
	}
}

// leaseError is a fault of the host, which says nothing of a language.
type leaseError struct{ err error }

func (e *leaseError) Error() string { return e.err.Error() }
func (e *leaseError) Unwrap() error { return e.err }

// Compile is the function Compile with the cache that u's language has now. lease gives a container of p to what it is
// handed. The outcome does not depend on the cache: where a compilation fails for want of a part of it, or goes over a
// limit without it, the whole one is made, and it is repeated.
func (t *Toolchains) Compile(
	ctx context.Context, p *pool.Pool, lease func(do func(*sandbox.Sandbox) error) error, u *Unit, limits Limits,
) (*Compilation, error) {
	c := t.of(u.Language)
	if c == nil { // scripts
		return t.compile(ctx, lease, *u, limits)
	}
	for {
		t.mu.Lock()
		with, known := c.cache, c.stamp
		t.mu.Unlock()
		unit := *u
		unit.prepared = with.dir
		out, err := t.compile(ctx, lease, unit, limits)
		if err != nil {
			return nil, err
		}
		if t.cfg.Table.stampOf(u.Language) != known || out.Failure != "" && t.lost(with) {
			t.outdate(c, known)
			return nil, errors.Join(ErrChanged, out.Close())
		}
		if with.complete || !u.Language.Prepare.mayHelp(out) {
			return t.believe(ctx, p, c, with, known, u, out)
		}
		err = t.complete(ctx, leaseFrom(p), c)
		if err != nil && u.Language.Prepare.Optional && ctx.Err() == nil {
			return out, nil // there is no cache to be had: it is as it is
		}
		if err := errors.Join(out.Close(), err); err != nil {
			return nil, fmt.Errorf("prepare the rest of language %s: %w", u.Language.ID, err)
		}
		t.mu.Lock()
		completed := c.cache.complete
		t.mu.Unlock()
		if !completed { // it is being tried anew
			return nil, ErrChanged
		}
	}
}

// believe returns the outcome of a compilation, or an error where it is the toolchain's fault.
func (t *Toolchains) believe(
	ctx context.Context, p *pool.Pool, c *toolchain, with cache, known stamp, u *Unit, out *Compilation,
) (*Compilation, error) {
	if out.Failure == "" || !out.doubtful(u) {
		return out, nil
	}
	if err := t.stillWorks(ctx, leaseFrom(p), c, with, known); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// mayHelp reports whether a compilation with a part of the cache, or without it, may come out otherwise with all of it.
func (r *PrepareRule) mayHelp(c *Compilation) bool {
	switch {
	case c.Failure == "":
		return false
	case r.Optional:
		return c.Failure == verdict.ReasonCompileLimit
	}
	return strings.Contains(c.Log, r.Missing) || strings.Contains(c.FullLog, r.Missing)
}

// lost reports whether a cache was removed while it was in use.
func (t *Toolchains) lost(c cache) bool {
	return c.dir != "" && checkPrepared(filepath.Join(t.caches, c.dir)) != nil
}

func (t *Toolchains) compile(
	ctx context.Context, lease func(do func(*sandbox.Sandbox) error) error, u Unit, limits Limits,
) (out *Compilation, err error) {
	err = lease(func(sb *sandbox.Sandbox) error {
		out, err = Compile(ctx, sb, t.cfg.Table, &u, limits)
		return err
	})
	return out, err
}
