package faulttest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
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
	var verdicts tail
	for ctx.Err() == nil {
		msg, err := verdicts.next(ctx, js)
		if err != nil { // there is none yet, or the cluster is broken
			pause(ctx, 50*time.Millisecond)
			continue
		}
		o.mu.Lock()
		o.seen[submissionIn(msg.Subject)] = time.Now()
		o.mu.Unlock()
	}
}

// submissionIn is the submission of a verdict or event, by its subject.
func submissionIn(subject string) string { return strings.Split(subject, ".")[2] }

// tail reads the verdicts one after the other.
type tail struct {
	stream jetstream.Stream // nil until it was found
	after  uint64
}

func (t *tail) next(ctx context.Context, js jetstream.JetStream) (msg *jetstream.RawStreamMsg, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if t.stream == nil {
		if t.stream, err = js.Stream(ctx, message.StreamVerdicts); err != nil {
			return nil, err
		}
	}
	if msg, err = t.stream.GetMsg(ctx, t.after+1, jetstream.WithGetMsgSubject(">")); err == nil {
		t.after = msg.Sequence
	}
	return msg, err
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
