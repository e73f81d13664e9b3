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

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// GCResult is what a garbage collection did.
type GCResult struct {
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

// GC deletes the packages that nobody needs: no problem has a version of that digest any more, and every submission
// that was published before the last one went has its verdict. (A submission stays in the queue until then, so the
// oldest that is there decides.) Whoever pushes the same package at the same time finds out that it is gone, and stores
// it again: see touch.
func (p *Problems) GC(ctx context.Context) (GCResult, error) {
	result, err := p.gc(ctx)
	if err != nil {
		return result, fmt.Errorf("delete packages that nobody needs: %w", explainProblems(err))
	}
	return result, nil
}

func (p *Problems) gc(ctx context.Context) (GCResult, error) {
	var result GCResult
	objects, err := p.objects(ctx) // before the versions: what is named later is not in the list, or has changed
	if err != nil {
		return result, err
	}
	needed, err := p.gcRoots(ctx)
	if err != nil {
		return result, err
	}
	packages, err := p.conn.js.Stream(ctx, message.ObjectStream(message.BucketProblems))
	if err != nil {
		return result, err
	}
	for _, o := range objects {
		if o.info.Deleted || needed.named[o.info.Name] {
			continue
		}
		if needed.maybeNeeded(o) {
			result.Waiting++
			continue
		}
		deleted, err := p.deleteObject(ctx, packages, o)
		if err != nil {
			return result, err
		}
		if deleted {
			result.Deleted, result.Bytes = result.Deleted+1, result.Bytes+int64(o.info.Size)
		}
	}
	return result, p.deleteOrphanChunks(ctx, packages, objects)
}

// object is a package in the store.
type object struct {
	info   jetstream.ObjectInfo
	stored *jetstream.RawStreamMsg
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
		o.stored, err = p.conn.readFromLeader(ctx, stream, messageQuery{LastOn: subject})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // another collection was faster
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

// gcRoots are the packages that are needed.
type gcRoots struct {
	named  map[string]bool      // digests that are a version of a problem
	gone   map[string]time.Time // when the last version of a digest went
	newest time.Time            // change of all: no digest that is in neither map went later
	oldest time.Time            // submission that has no verdict; zero when there is none
}

func (p *Problems) gcRoots(ctx context.Context) (gcRoots, error) {
	n := gcRoots{named: map[string]bool{}, gone: map[string]time.Time{}}
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

func (n *gcRoots) add(history api.ProblemHistory) {
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

// maybeNeeded reports whether somebody may need a package that is no version of a problem any more: a submission that was
// published when it was one, or one who is pushing it.
func (n *gcRoots) maybeNeeded(o object) bool {
	gone, known := n.gone[o.info.Name]
	if !known {
		gone = n.newest
	}
	young := time.Since(o.stored.Time) < pushTime && (!known || o.stored.Time.After(gone))
	return young || !n.oldest.IsZero() && n.oldest.Before(gone.Add(clockSkew))
}

// deleteObject deletes a package as it was when it was looked at, and reports whether it did: not when somebody pushed it
// again, or another collection was faster.
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

// deleteOrphanChunks deletes what interrupted uploads have left.
func (p *Problems) deleteOrphanChunks(ctx context.Context, packages jetstream.Stream, objects []object) error {
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
		last, err := p.conn.readFromLeader(ctx, message.ObjectStream(message.BucketProblems), messageQuery{LastOn: subject})
		if err != nil || time.Since(last.Time) < pushTime {
			continue // gone already, or somebody may be pushing it
		}
		if err := packages.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
			return err
		}
	}
	return nil
}
