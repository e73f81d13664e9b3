// Package pool keeps pre-warmed containers.
package pool

import (
	"context"

	"github.com/gaveloj/gavel/sandbox"
)

// Mount makes a directory or file of the host visible in every container.
type Mount struct {
	Source string // absolute, on the host
	Target string // absolute, in the container
}

// Config says how many containers there are and what they see.
type Config struct {
	// Slots is the number of containers, and so of programs that run at once. 0 means one per usable core.
	Slots int
	// Pin binds each slot to a core of its own.
	Pin bool
	// Mounts are bound read-only in every container, after the defaults (see DefaultMounts). A source that
	// does not exist is an error.
	Mounts []Mount
}

// DefaultMounts lists the toolchain directories of the host that every container sees read-only: those of
// /usr, /bin, /lib, /lib64, /etc/alternatives, ... that exist.
func DefaultMounts() []Mount { panic("being built") }

// Pool is a fixed number of warm containers. Its methods may be called from several goroutines.
type Pool struct{}

// Stats is a snapshot of the pool.
type Stats struct {
	Slots, Idle, Leased, Building int    // containers by state, now
	Created, Leases, Resets       uint64 // since the start
	Discarded                     uint64 // containers thrown away after a fault, or for age
}

// New builds every container and returns when all are warm.
func New(ctx context.Context, cfg Config) (*Pool, error) { panic("being built") }

// Lease hands out a clean container; it waits until one is free or ctx ends.
func (p *Pool) Lease(ctx context.Context) (*sandbox.Sandbox, error) { panic("being built") }

// Release takes a container back, resets it in the background, or replaces it when it is broken.
func (p *Pool) Release(s *sandbox.Sandbox) { panic("being built") }

// Slots is the number of containers.
func (p *Pool) Slots() int { panic("being built") }

// Stats returns a snapshot.
func (p *Pool) Stats() Stats { panic("being built") }

// Close ends every container and waits for them.
func (p *Pool) Close() error { panic("being built") }
