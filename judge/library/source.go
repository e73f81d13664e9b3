package library

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Source finds problem packages.
type Source interface {
	// Problem lends a loaded package. One that cannot be had anywhere, or is broken, is a *Rejection; any other error is
	// a fault.
	Problem(ctx context.Context, w Wanted) (Handle, error)
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

// Handle is a package in use.
type Handle struct {
	Problem *problem.Problem
	Digest  string // of a stored package; "" where there are no versions
	Release func() // gives it back; called once
}

// Chain is a Source that looks into a directory of this host and then into the store. A package that lies in the
// directory wins, unless the submission asks for a digest: what lies in a directory has none.
type Chain struct {
	Dir   *DirSource   // may be nil
	Store *StoreSource // may be nil
}

// ErrNoProblem is in the chain of the refusal of a problem that a Source, or Archives, have never heard of.
var ErrNoProblem = errors.New("unknown problem")

// Problem implements Source.
func (e Chain) Problem(ctx context.Context, w Wanted) (Handle, error) {
	if e.Dir == nil {
		return e.Store.Problem(ctx, w)
	}
	if e.Store == nil {
		return e.Dir.Problem(ctx, w)
	}
	if w.Digest != "" {
		return e.Store.Problem(ctx, w)
	}
	handle, err := e.Dir.Problem(ctx, w)
	if !errors.Is(err, ErrNoProblem) {
		return handle, err
	}
	handle, stored := e.Store.Problem(ctx, w)
	if errors.Is(stored, ErrNoProblem) {
		return handle, api.Refuse(verdict.ClassProblem, fmt.Errorf("%w, and %w", err, stored))
	}
	return handle, stored
}

// Close gives up every package that is loaded and not lent.
func (e Chain) Close() error {
	var errs []error
	if e.Dir != nil {
		errs = append(errs, e.Dir.Close())
	}
	if e.Store != nil {
		errs = append(errs, e.Store.Close())
	}
	return errors.Join(errs...)
}
