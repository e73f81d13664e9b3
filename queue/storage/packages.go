package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// Packages are the packages in the store of problems, as workers see them: library.StoreSource keeps those that it needs.
//
// A submission is judged by the version that was the newest when it was published, by the clocks of the servers that
// lead the two streams. For every submission the leader is asked whether the problem has changed, so that a version
// counts from the moment when its push was acknowledged.
type Packages struct {
	conn     *client.Conn // borrowed
	problems *client.Problems

	mu     sync.Mutex
	cached map[string]api.ProblemHistory // guarded by mu
}

// maxCached bounds how many histories are kept. One is about 300 bytes for each change.
const maxCached = 4096

// NewPackages uses the store of a server over a connection, which it borrows.
func NewPackages(conn *client.Conn) *Packages {
	return &Packages{conn: conn, problems: client.NewProblems(conn), cached: map[string]api.ProblemHistory{}}
}

// Version implements library.Archives.
func (a *Packages) Version(ctx context.Context, w library.Wanted) (api.ProblemVersion, error) {
	history, err := a.history(ctx, w.Name)
	if err != nil {
		return api.ProblemVersion{}, err
	}
	there := history.At(w.Published)
	if w.Digest != "" {
		v, found := api.Find(there, w.Digest)
		if !found {
			return api.ProblemVersion{}, refuseProblem("%w: version %s of %q was not in the store when the submission was published: "+
				"gavel problem show %s tells which are", library.ErrNoProblem, w.Digest, w.Name, w.Name)
		}
		return v.ProblemVersion, nil
	}
	switch {
	case len(there) > 0:
		return there[len(there)-1].ProblemVersion, nil
	case len(history) > 0:
		return api.ProblemVersion{}, refuseProblem("problem %q was removed from the store before the submission was published: "+
			"push it again, and judge again", w.Name)
	default:
		return api.ProblemVersion{}, refuseProblem("%w %q: it is not in the store of problems: gavel problem push brings it there",
			library.ErrNoProblem, w.Name)
	}
}

func refuseProblem(format string, args ...any) error {
	return api.Refuse(verdict.ClassProblem, fmt.Errorf(format, args...))
}

// history reads what the store keeps of a problem.
func (a *Packages) history(ctx context.Context, name string) (api.ProblemHistory, error) {
	a.mu.Lock()
	known := a.cached[name]
	a.mu.Unlock()
	history, err := a.problems.History(ctx, name, known)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(history) > 0 {
		a.cached[name] = history
	}
	for other := range a.cached {
		if len(a.cached) <= maxCached {
			break
		}
		delete(a.cached, other)
	}
	return history, nil
}

// Fetch implements library.Archives.
func (a *Packages) Fetch(ctx context.Context, v api.ProblemVersion, w io.Writer) error {
	err := a.conn.GetObject(ctx, message.BucketProblems, api.FileObject{Name: v.Digest, Bytes: v.Bytes, SHA256: v.Digest}, w)
	switch {
	case errors.Is(err, client.ErrNoObject):
		return refuseProblem("the package of problem %q is not in the store any more: push it again, and judge again: %w", v.Name, err)
	case errors.Is(err, client.ErrDamaged):
		return refuseProblem("the package of problem %q is damaged in the store: remove this version, push it again, and judge again: %w",
			v.Name, err)
	}
	return err
}
