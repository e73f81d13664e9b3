package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// Problems is the store of problem packages: what workers judge by when no directory of theirs has the problem. Its
// methods are safe for use from several goroutines and processes at once.
type Problems struct {
	conn *Conn // borrowed
}

// NewProblems uses the store of a server over a connection, which it borrows.
func NewProblems(conn *Conn) *Problems { return &Problems{conn: conn} }

// Problems is the store of problem packages on the client's server.
func (c *Client) Problems() *Problems { return NewProblems(c.conn) }

// What can be wrong with a name.
var (
	// ErrNoProblem: the store has no such problem, or version of it.
	ErrNoProblem = errors.New("not in the store of problems")
	// errBusy: others changed the problem each time that we wanted to.
	errBusy = errors.New("others are changing it all the time")
)

// changes is how often a change is tried again because somebody else was faster.
const changes = 10

// History reads what the store keeps of a problem; nothing where it has never had it. known is what was read
// before, and may be nil: it is returned again when nothing has changed. The leader of the bucket is asked, so that
// every change is seen that was acknowledged to anybody before.
func (p *Problems) History(ctx context.Context, name string, known api.ProblemHistory) (api.ProblemHistory, error) {
	stream, subject := message.BucketStream(message.BucketVersions), message.EntrySubject(message.BucketVersions, api.ProblemKey(name))
	last, err := p.conn.readFromLeader(ctx, stream, messageQuery{LastOn: subject})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read versions of problem %s: %w", name, explainProblems(err))
	}
	if n := len(known); n > 0 && known[n-1].Revision == last.Sequence {
		return known, nil
	}
	var all api.ProblemHistory
	for from := uint64(1); from <= last.Sequence; {
		msg := last
		if from < last.Sequence {
			if msg, err = p.conn.readFromLeader(ctx, stream, messageQuery{From: from, NextOn: subject}); err != nil {
				return nil, fmt.Errorf("read versions of problem %s: %w", name, err)
			}
		}
		v, err := decodeVersion(name, msg)
		if err != nil {
			return nil, err
		}
		all, from = append(all, v), msg.Sequence+1
	}
	return all, nil
}

// decodeVersion reads an entry. Where somebody deleted the key by other means, that is a removal.
func decodeVersion(name string, msg *jetstream.RawStreamMsg) (api.StoredVersion, error) {
	v := api.ProblemVersion{Version: api.Version, Name: name, Pushed: msg.Time, Removed: true}
	if len(msg.Data) > 0 {
		v = api.ProblemVersion{}
		err := json.Unmarshal(msg.Data, &v)
		if err == nil {
			err = api.CheckVersion(name, v)
		}
		if err != nil {
			return api.StoredVersion{}, fmt.Errorf("entry %d of bucket %s is no version of problem %s: %w", msg.Sequence, message.BucketVersions, name, err)
		}
	}
	return api.StoredVersion{ProblemVersion: v, Stored: msg.Time, Revision: msg.Sequence}, nil
}

func explainProblems(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("there is no store of problems yet: start a worker, which makes it: %w", err)
	}
	return err
}

// Push makes v the newest version of its problem, and reports whether it was another one before. archive is the package,
// v.Bytes long and with the hash v.Digest; it is read only when the store does not have it.
//
// The object comes first, so that no worker reads of a package that is not there. It is looked for again when it has
// its name: a collection that had not read the name may have deleted it in between, and from then on none does.
func (p *Problems) Push(ctx context.Context, v api.ProblemVersion, archive io.ReadSeeker) (changed bool, err error) {
	v.Version = api.Version
	if err := api.CheckVersion(v.Name, v); err != nil {
		return false, fmt.Errorf("push problem: %w", err)
	}
	if err := p.store(ctx, v, archive); err != nil {
		return false, fmt.Errorf("push problem %s: %w", v.Name, err)
	}
	err = p.change(ctx, v.Name, func(history api.ProblemHistory) (api.ProblemVersion, bool, error) {
		there := history.At(time.Time{})
		changed = len(there) == 0 || there[len(there)-1].Digest != v.Digest
		return v, changed, nil
	})
	if err == nil {
		err = p.store(ctx, v, archive)
	}
	return changed, err
}

// store brings the archive into the store, unless it is there. Either way the object is new for a collection.
func (p *Problems) store(ctx context.Context, v api.ProblemVersion, archive io.ReadSeeker) error {
	there, err := p.touch(ctx, v)
	if err != nil || there {
		return err
	}
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return err
	}
	put, err := p.conn.PutObject(ctx, message.BucketProblems, v.Digest, archive)
	if err == nil && (put.Bytes != v.Bytes || put.SHA256 != v.Digest) {
		err = errors.New("the archive changed while it was read")
	}
	return err
}

// touch publishes anew what the object is, and reports whether it is there.
func (p *Problems) touch(ctx context.Context, v api.ProblemVersion) (bool, error) {
	for range changes {
		info, msg, err := p.conn.objectInfo(ctx, message.BucketProblems, v.Digest)
		if errors.Is(err, ErrNoObject) || errors.Is(err, ErrDamaged) || err == nil && int64(info.Size) != v.Bytes {
			return false, nil
		}
		if err != nil {
			return false, explainProblems(err)
		}
		// Not if somebody deletes it right now.
		err = p.conn.describe(ctx, message.ObjectSubject(message.BucketProblems, v.Digest), msg.Data,
			jetstream.WithExpectLastSequencePerSubject(msg.Sequence))
		if !HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence) {
			return err == nil, err
		}
	}
	return false, errBusy
}

// change writes a new entry of a problem, decided by what is there: nothing is overlooked that somebody else writes at
// the same time.
func (p *Problems) change(
	ctx context.Context, name string, decide func(api.ProblemHistory) (v api.ProblemVersion, write bool, err error),
) error {
	var history api.ProblemHistory
	for range changes {
		var err error
		if history, err = p.History(ctx, name, history); err != nil {
			return err
		}
		v, write, err := decide(history)
		if err != nil || !write {
			return err
		}
		last := uint64(0)
		if n := len(history); n > 0 {
			last = history[n-1].Revision
		}
		err = p.put(ctx, v, last)
		if err == nil || !HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence) {
			return err
		}
	}
	return fmt.Errorf("change problem %s: %w: try again", name, errBusy)
}

// put writes an entry, where last is the newest before it.
func (p *Problems) put(ctx context.Context, v api.ProblemVersion, last uint64) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode version of problem %s: %w", v.Name, err)
	}
	msg := nats.NewMsg(message.EntrySubject(message.BucketVersions, api.ProblemKey(v.Name)))
	msg.Data = data
	if _, err := p.conn.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(last)); err != nil {
		return fmt.Errorf("store version of problem %s: %w", v.Name, err)
	}
	return nil
}

// Remove takes a problem, or with a digest one version of it, out of use: submissions that are published from now on do
// not get it. Those that wait already do. The beginning of a digest is enough where no other version has it. It returns
// the version that is the newest now; false when there is none.
func (p *Problems) Remove(ctx context.Context, name, digest string) (newest api.ProblemVersion, left bool, err error) {
	err = p.change(ctx, name, func(history api.ProblemHistory) (api.ProblemVersion, bool, error) {
		v := api.ProblemVersion{Version: api.Version, Name: name, Pushed: time.Now().UTC(), Removed: true}
		there := history.At(time.Time{})
		if len(there) == 0 {
			return v, false, fmt.Errorf("problem %q: %w; gavel problem list tells what is", name, ErrNoProblem)
		}
		if digest != "" {
			one, err := FindVersion(there, digest)
			if err != nil {
				return v, false, fmt.Errorf("problem %q: %w", name, err)
			}
			v.Digest = one.Digest
		}
		there = append(history[:len(history):len(history)], api.StoredVersion{ProblemVersion: v}).At(time.Time{})
		if left = len(there) > 0; left {
			newest = there[len(there)-1].ProblemVersion
		}
		return v, true, nil
	})
	return newest, left, err
}

// FindVersion returns the one version whose digest begins so.
func FindVersion(versions []api.StoredVersion, digest string) (api.StoredVersion, error) {
	var found []api.StoredVersion
	for _, v := range versions {
		if strings.HasPrefix(v.Digest, digest) {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return api.StoredVersion{}, fmt.Errorf("version %s: %w; gavel problem show tells which are", digest, ErrNoProblem)
	case 1:
		return found[0], nil
	default:
		return api.StoredVersion{}, fmt.Errorf("%d versions begin with %s: write more of the digest", len(found), digest)
	}
}

// All reads the histories of all problems that the store has ever had, by name.
func (p *Problems) All(ctx context.Context) (map[string]api.ProblemHistory, error) {
	subjects, err := p.subjects(ctx, message.BucketStream(message.BucketVersions), message.EntrySubject(message.BucketVersions, ">"))
	if err != nil {
		return nil, fmt.Errorf("list problems: %w", explainProblems(err))
	}
	all := map[string]api.ProblemHistory{}
	for _, subject := range subjects {
		name := api.ProblemName(message.EntryKey(message.BucketVersions, subject))
		if all[name], err = p.History(ctx, name, nil); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// subjects lists those of a stream that match a filter, in order.
func (p *Problems) subjects(ctx context.Context, stream, filter string) ([]string, error) {
	handle, err := p.conn.js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	info, err := handle.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(info.State.Subjects)), nil
}
