package language

import (
	"context"

	"github.com/gaveloj/gavel/sandbox/pool"
)

// Status tells about one language on this host.
type Status struct {
	ID, Name  string
	Available bool
	Version   string // first line of what the toolchain prints; "" when absent
	Reason    string // why it is not available
	// Warning is set when the language works, but not as well as it could, for example without its cache.
	Warning string
}

// Offer is what this host can do with the languages of a table. It does not change.
type Offer struct{}

// Statuses lists every language of the table, in its order.
func (o *Offer) Statuses() []Status { panic("being built") }

// Prepared are the caches that Prepare made or found.
type Prepared struct{}

// Mounts are the read-only mounts that the containers of the real pool need (pool.Config.Mounts).
func (p *Prepared) Mounts() []pool.Mount { panic("being built") }

// Prepare makes the caches of all languages whose toolchain is there, below stateDir/prepared, and reuses those
// of earlier starts. newPool is called only when something has to be made; its pool is closed before Prepare
// returns. A cache that cannot be made is told by the Offer, not as an error.
func Prepare(ctx context.Context, t *Table, stateDir string, newPool func(context.Context) (*pool.Pool, error)) (*Prepared, error) {
	panic("being built")
}

// SelfTest compiles and runs the hello program of every language in containers of p and returns what works.
// prepared may be nil: then languages that need a cache are not available. An error is a fault of the host.
func SelfTest(ctx context.Context, t *Table, prepared *Prepared, p *pool.Pool) (*Offer, error) {
	panic("being built")
}
