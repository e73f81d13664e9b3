package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// Archives are the packages in the store of problems, as workers see them: judge.Stored keeps those that it needs.
//
// A submission is judged by the version that was the newest when it was published, by the clocks of the servers that
// lead the two streams. For every submission the leader is asked whether the problem has changed, so that a version
// counts from the moment when its push was acknowledged.
type Archives struct {
	conn     *client.Conn // borrowed
	problems *client.Problems

	mu    sync.Mutex
	known map[string]message.ProblemHistory // guarded by mu
}

// mostKnown bounds how many histories are kept. One is about 300 bytes for each change.
const mostKnown = 4096

// NewArchives uses the store of a server over a connection, which it borrows.
func NewArchives(conn *client.Conn) *Archives {
	return &Archives{conn: conn, problems: client.NewProblems(conn), known: map[string]message.ProblemHistory{}}
}

// Version implements judge.Archives.
func (a *Archives) Version(ctx context.Context, w judge.Wanted) (message.ProblemVersion, error) {
	history, err := a.history(ctx, w.Name)
	if err != nil {
		return message.ProblemVersion{}, err
	}
	there := history.At(w.Published)
	if w.Digest != "" {
		v, found := message.Find(there, w.Digest)
		if !found {
			return v, refuseProblem("%w: version %s of %q was not in the store when the submission was published: "+
				"gavel problem show %s tells which are", judge.ErrNoProblem, w.Digest, w.Name, w.Name)
		}
		return v, nil
	}
	switch {
	case len(there) > 0:
		return there[len(there)-1], nil
	case len(history) > 0:
		return message.ProblemVersion{}, refuseProblem("problem %q was removed from the store before the submission was published: "+
			"push it again, and judge again", w.Name)
	default:
		return message.ProblemVersion{}, refuseProblem("%w %q: it is not in the store of problems: gavel problem push brings it there",
			judge.ErrNoProblem, w.Name)
	}
}

func refuseProblem(format string, args ...any) error {
	return message.Refuse(verdict.ClassProblem, fmt.Errorf(format, args...))
}

// history reads what the store keeps of a problem.
func (a *Archives) history(ctx context.Context, name string) (message.ProblemHistory, error) {
	a.mu.Lock()
	known := a.known[name]
	a.mu.Unlock()
	history, err := a.problems.History(ctx, name, known)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(history) > 0 {
		a.known[name] = history
	}
	for other := range a.known {
		if len(a.known) <= mostKnown {
			break
		}
		delete(a.known, other)
	}
	return history, nil
}

// Fetch implements judge.Archives.
func (a *Archives) Fetch(ctx context.Context, v message.ProblemVersion, w io.Writer) error {
	err := a.conn.GetObject(ctx, message.BucketProblems, message.FileObject{Name: v.Digest, Bytes: v.Bytes, SHA256: v.Digest}, w)
	switch {
	case errors.Is(err, client.ErrNoObject):
		return refuseProblem("the package of problem %q is not in the store any more: push it again, and judge again: %w", v.Name, err)
	case errors.Is(err, client.ErrDamaged):
		return refuseProblem("the package of problem %q is damaged in the store: remove this version, push it again, and judge again: %w",
			v.Name, err)
	}
	return err
}
