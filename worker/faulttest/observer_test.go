package faulttest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

// observer notes when a platform could have read each verdict.
type observer struct {
	running sync.WaitGroup
	stop    context.CancelFunc

	mu   sync.Mutex
	seen map[string]time.Time // by submission; guarded by mu
}

func startObserver(ctx context.Context, conn *client.Conn) *observer {
	ctx, stop := context.WithCancel(ctx)
	o := &observer{stop: stop, seen: map[string]time.Time{}}
	o.running.Go(func() { o.run(ctx, conn.JetStream()) })
	return o
}

func (o *observer) run(ctx context.Context, js jetstream.JetStream) {
	for after := uint64(0); ctx.Err() == nil; {
		msg, err := nextMessage(ctx, js, message.StreamVerdicts, after)
		if err != nil { // there is none yet, or the cluster is broken
			pause(ctx, 50*time.Millisecond)
			continue
		}
		after = msg.Sequence
		o.mu.Lock()
		o.seen[submissionIn(msg.Subject)] = time.Now()
		o.mu.Unlock()
	}
}

// submissionIn is the submission of a verdict or event, by its subject.
func submissionIn(subject string) string { return strings.Split(subject, ".")[2] }

// nextMessage reads the first message of a stream behind a sequence number.
func nextMessage(ctx context.Context, js jetstream.JetStream, stream string, after uint64) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	handle, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	return handle.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(">"))
}

func (o *observer) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.seen)
}

// finish ends the observation, and returns when each verdict was seen.
func (o *observer) finish() map[string]time.Time {
	o.stop()
	o.running.Wait()
	return o.seen
}
