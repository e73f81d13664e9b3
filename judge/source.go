package judge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message/verdict"
)

// Source finds problem packages.
type Source interface {
	// Problem lends a loaded package. One that cannot be had anywhere, or is broken, is a *Rejection; any other error is
	// a fault.
	Problem(ctx context.Context, w Wanted) (Lent, error)
}

// Wanted says which package a submission is judged by.
type Wanted struct {
	Name string // of the problem
	// Published is when the submission was published, by the clock of the queue: the version of that time counts where
	// there are several. Zero means the newest.
	Published time.Time
	// Digest asks for one version of a stored package, whatever is newest; "" for none.
	Digest string
}

// wanted is what a submission asks for.
func wanted(sub Submission) Wanted {
	return Wanted{Name: sub.Problem, Published: sub.Published, Digest: sub.ProblemDigest}
}

// Lent is a package in use.
type Lent struct {
	Problem *problem.Problem
	Digest  string // of a stored package; "" where there are no versions
	Release func() // gives it back; called once
}

// Either is a Source that looks into a directory of this host and then into the store. A package that lies in the
// directory wins, unless the submission asks for a digest: what lies in a directory has none.
type Either struct {
	Directory *Directory // may be nil
	Stored    *Stored    // may be nil
}

// errUnknown marks the refusal of a name that is nowhere.
var errUnknown = errors.New("unknown problem")

// Problem implements Source.
func (e Either) Problem(ctx context.Context, w Wanted) (Lent, error) {
	if e.Directory == nil {
		return e.Stored.Problem(ctx, w)
	}
	if e.Stored == nil {
		return e.Directory.Problem(ctx, w)
	}
	if w.Digest != "" {
		return e.Stored.Problem(ctx, w)
	}
	lent, err := e.Directory.Problem(ctx, w)
	if !errors.Is(err, errUnknown) {
		return lent, err
	}
	lent, stored := e.Stored.Problem(ctx, w)
	if errors.Is(stored, errUnknown) {
		return lent, reject(verdict.ClassProblem, fmt.Errorf("%w, and %w", err, stored))
	}
	return lent, stored
}

// Close gives up every package that is loaded and not lent.
func (e Either) Close() error {
	var errs []error
	if e.Directory != nil {
		errs = append(errs, e.Directory.Close())
	}
	if e.Stored != nil {
		errs = append(errs, e.Stored.Close())
	}
	return errors.Join(errs...)
}
