package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/message"
)

// Swept is what a sweep found.
type Swept struct {
	Deleted int   `json:"deleted"` // packages
	Bytes   int64 `json:"bytes"`   // of them
	Waiting int   `json:"waiting"` // packages that a queued submission may still need, or that somebody may be pushing
}

const (
	// pushTime is how long a package may take from being stored to being named. Younger ones are left alone.
	pushTime = time.Hour
	// clockSkew is by how much the clocks of a cluster's servers may differ.
	clockSkew = time.Minute
)

// Sweep deletes the packages that nobody needs: no problem has a version of that digest any more, and every submission
// that was published before the last one went has its verdict. (A submission stays in the queue until then, so the
// oldest that is there decides.) Whoever pushes the same package at the same time finds out that it is gone, and stores
// it again: see touch.
func (p *Problems) Sweep(ctx context.Context) (Swept, error) {
	swept, err := p.sweep(ctx)
	if err != nil {
		return swept, fmt.Errorf("delete packages that nobody needs: %w", explainProblems(err))
	}
	return swept, nil
}

func (p *Problems) sweep(ctx context.Context) (Swept, error) {
	var swept Swept
	objects, err := p.objects(ctx) // before the versions: what is named later is not in the list, or has changed
	if err != nil {
		return swept, err
	}
	needed, err := p.needed(ctx)
	if err != nil {
		return swept, err
	}
	packages, err := p.conn.js.Stream(ctx, message.ObjectStream(message.BucketProblems))
	if err != nil {
		return swept, err
	}
	for _, o := range objects {
		if o.info.Deleted || needed.named[o.info.Name] {
			continue
		}
		if needed.maybe(o) {
			swept.Waiting++
			continue
		}
		deleted, err := p.deleteObject(ctx, packages, o)
		if err != nil {
			return swept, err
		}
		if deleted {
			swept.Deleted, swept.Bytes = swept.Deleted+1, swept.Bytes+int64(o.info.Size)
		}
	}
	return swept, p.sweepPieces(ctx, packages, objects)
}

// object is a package in the store.
type object struct {
	info   jetstream.ObjectInfo
	stored stored
}

func (p *Problems) objects(ctx context.Context) ([]object, error) {
	stream := message.ObjectStream(message.BucketProblems)
	subjects, err := p.subjects(ctx, stream, "$O."+message.BucketProblems+".M.>")
	if err != nil {
		return nil, err
	}
	var all []object
	for _, subject := range subjects {
		var o object
		o.stored, err = p.conn.askLeader(ctx, stream, ask{LastOn: subject})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // another sweep was faster
		}
		if err == nil {
			err = json.Unmarshal(o.stored.Data, &o.info)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// need says which packages are needed.
type need struct {
	named  map[string]bool      // digests that are a version of a problem
	gone   map[string]time.Time // when the last version of a digest went
	newest time.Time            // change of all: no digest that is in neither map went later
	oldest time.Time            // submission that has no verdict; zero when there is none
}

func (p *Problems) needed(ctx context.Context) (need, error) {
	n := need{named: map[string]bool{}, gone: map[string]time.Time{}}
	queue, err := p.conn.js.Stream(ctx, message.StreamSubmissions)
	if err != nil {
		return n, err
	}
	if state := queue.CachedInfo().State; state.Msgs > 0 {
		n.oldest = state.FirstTime
	}
	all, err := p.All(ctx)
	if err != nil {
		return n, err
	}
	for _, history := range all {
		n.add(history)
	}
	return n, nil
}

func (n *need) add(history message.ProblemHistory) {
	for _, v := range history.At(time.Time{}) {
		n.named[v.Digest] = true
	}
	for i, v := range history {
		n.newest = latest(n.newest, v.Stored)
		if !v.Removed {
			continue
		}
		for _, went := range history[:i+1] {
			if v.Digest == "" || v.Digest == went.Digest {
				n.gone[went.Digest] = latest(n.gone[went.Digest], v.Stored)
			}
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// maybe tells whether somebody may need a package that is no version of a problem any more: a submission that was
// published when it was one, or one who is pushing it.
func (n *need) maybe(o object) bool {
	gone, known := n.gone[o.info.Name]
	if !known {
		gone = n.newest
	}
	young := time.Since(o.stored.Time) < pushTime && (!known || o.stored.Time.After(gone))
	return young || !n.oldest.IsZero() && n.oldest.Before(gone.Add(clockSkew))
}

// deleteObject deletes a package as it was when it was looked at, and tells whether it did: not when somebody pushed it
// again, or another sweep was faster.
func (p *Problems) deleteObject(ctx context.Context, packages jetstream.Stream, o object) (bool, error) {
	if err := packages.DeleteMsg(ctx, o.stored.Sequence); err != nil {
		_, now, gone := p.conn.objectInfo(ctx, message.BucketProblems, o.info.Name)
		if errors.Is(gone, ErrNoObject) || gone == nil && now.Sequence != o.stored.Sequence {
			return false, nil
		}
		return false, err
	}
	return true, packages.Purge(ctx, jetstream.WithPurgeSubject(message.ChunkSubject(message.BucketProblems, o.info.NUID)))
}

// sweepPieces deletes what uploads that were broken off have left.
func (p *Problems) sweepPieces(ctx context.Context, packages jetstream.Stream, objects []object) error {
	prefix := message.ChunkSubject(message.BucketProblems, "")
	subjects, err := p.subjects(ctx, message.ObjectStream(message.BucketProblems), prefix+"*")
	if err != nil {
		return err
	}
	for _, subject := range subjects {
		nuid := strings.TrimPrefix(subject, prefix)
		if slices.ContainsFunc(objects, func(o object) bool { return o.info.NUID == nuid }) {
			continue
		}
		last, err := p.conn.askLeader(ctx, message.ObjectStream(message.BucketProblems), ask{LastOn: subject})
		if err != nil || time.Since(last.Time) < pushTime {
			continue // gone already, or somebody may be pushing it
		}
		if err := packages.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
			return err
		}
	}
	return nil
}
