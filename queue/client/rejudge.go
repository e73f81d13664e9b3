package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// ErrNotArchived says that there is nothing to judge again.
var ErrNotArchived = errors.New("the submission is not in the archive: it was not judged yet, or too long ago")

// Target says where an attempt is to be judged.
type Target struct {
	Pool string // "" means that of the attempt before
	Lane string // "" means message.LaneRejudge
}

// Receipt tells of an attempt that the queue has taken.
type Receipt struct {
	Submission string
	Attempt    int
}

// Archived is a submission that can be judged again.
type Archived struct {
	Submission string
	Attempt    int // that was archived
	Problem    string
	Language   string // as asked for; "" where the file names decide
	Pool, Lane string // to which that attempt was published
}

// Rejudge publishes a submission again, as a new attempt, which becomes the current one. The attempt before it is
// canceled where it has no verdict. Several calls for one submission at once make an attempt each. ErrNotArchived says
// that the submission is not known well enough.
func (c *Client) Rejudge(ctx context.Context, id string, to Target) (Receipt, error) {
	archived, payload, err := c.archived(ctx, id)
	if err != nil {
		return Receipt{}, fmt.Errorf("rejudge %s: %w", id, err)
	}
	receipt, err := c.again(ctx, api.Identity{ID: id, Attempt: archived.Attempt}, payload, to.or(archived.Pool))
	if err != nil {
		return receipt, fmt.Errorf("rejudge %s: %w", id, err)
	}
	return receipt, nil
}

// FindArchived tells what Rejudge would judge again.
func (c *Client) FindArchived(ctx context.Context, id string) (Archived, error) {
	archived, _, err := c.archived(ctx, id)
	return archived, err
}

func (c *Client) archived(ctx context.Context, id string) (Archived, []byte, error) {
	if err := api.CheckID(id); err != nil {
		return Archived{}, nil, err
	}
	msg, err := c.readLast(ctx, message.StreamArchive, message.ArchiveSubject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = ErrNotArchived
	}
	if err != nil {
		return Archived{}, nil, explain(err)
	}
	return readArchived(id, msg.Header), msg.Data, nil
}

func (t Target) or(pool string) Target {
	return Target{Pool: cmp.Or(t.Pool, pool), Lane: cmp.Or(t.Lane, message.LaneRejudge)}
}

// again publishes a submission message as the next attempt. Its number is taken first, so that nobody takes an older
// attempt for the current one from then on.
func (c *Client) again(ctx context.Context, was api.Identity, payload []byte, to Target) (Receipt, error) {
	if err := errors.Join(api.CheckToken("pool", to.Pool), message.CheckLane(to.Lane)); err != nil {
		return Receipt{}, err
	}
	next, last, err := c.nextAttempt(ctx, was.ID, was.Attempt)
	if err != nil {
		return Receipt{}, err
	}
	payload, err = withAttempt(payload, next)
	if err != nil {
		return Receipt{}, err
	}
	unwanted := c.Cancel(ctx, was.ID, last, fmt.Sprintf("superseded by attempt %d", next))
	if judged := (*JudgedError)(nil); errors.As(unwanted, &judged) {
		unwanted = nil
	}
	if err := c.publishAttempt(ctx, api.Identity{ID: was.ID, Attempt: next}, payload, to); err != nil {
		return Receipt{}, errors.Join(err, unwanted)
	}
	return Receipt{was.ID, next}, unwanted
}

// publishAttempt publishes a message of an attempt that is known to have no verdict.
func (c *Client) publishAttempt(ctx context.Context, who api.Identity, payload []byte, to Target) error {
	msg := nats.NewMsg(message.SubmissionSubject(to.Pool, to.Lane, who.ID))
	msg.Data = payload
	msg.Header.Set(jetstream.MsgIDHeader, ownMessageID(who.ID, who.Attempt))
	if _, err := c.publish(ctx, msg); err != nil {
		return fmt.Errorf("publish attempt %d: %w", who.Attempt, c.explainPublish(err, msg.Subject, who.ID))
	}
	return nil
}

// withAttempt changes the number of the attempt in a submission message, and nothing else.
func withAttempt(payload []byte, attempt int) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(payload, &fields); err != nil {
		return nil, fmt.Errorf("read submission message: %w", err)
	}
	fields["attempt"] = strconv.AppendInt(nil, int64(attempt), 10)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // programs are full of < and &, and must not grow
	err := encoder.Encode(fields)
	return bytes.TrimSpace(out.Bytes()), err
}

// Archive yields the submissions that can be judged again, the longest archived first. It is for
// operators: it reads the headers of the whole archive.
func (c *Client) Archive(ctx context.Context) iter.Seq2[Archived, error] {
	return func(yield func(Archived, error) bool) {
		r := reader{js: c.conn.js, stream: message.StreamArchive, subject: message.ArchiveSubject(">"), headersOnly: true, batch: 256}
		for msg, err := range r.all(ctx) {
			if err != nil {
				yield(Archived{}, fmt.Errorf("read the archive: %w", explain(err)))
				return
			}
			id := strings.TrimPrefix(msg.Subject(), message.ArchiveSubject(""))
			if !yield(readArchived(id, msg.Headers()), nil) {
				return
			}
		}
	}
}

func readArchived(id string, header nats.Header) Archived {
	attempt, err := strconv.Atoi(header.Get(message.HeaderAttempt))
	if err != nil {
		attempt = 1 // made by hand; the bucket knows better
	}
	return Archived{
		Submission: id, Attempt: attempt, Problem: header.Get(message.HeaderProblem),
		Language: header.Get(message.HeaderLanguage), Pool: cmp.Or(header.Get(message.HeaderPool), message.DefaultPool),
		Lane: header.Get(message.HeaderLane),
	}
}
