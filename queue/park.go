package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
)

// park lets a request wait for a slot, where it says that it can. The caller holds mu, and the service is open.
func (s *Service) park(ctx context.Context, asked runMessage) bool {
	wait := waitOf(asked.data)
	if wait == 0 {
		return false
	}
	one := &parked{runMessage: asked}
	one.start = func(giveBack func()) { s.beginParked(ctx, one, giveBack) }
	s.hand.add(asked.token)
	taken := s.worker.parked.add(one, wait, func() {
		s.busy.Add(1)
		s.dismiss(ctx, one, api.RunBusy, "every slot of the worker was taken for as long as the request could wait: try again")
	})
	if !taken {
		s.hand.remove(asked.token)
		return false
	}
	s.worker.source.waker.wake() // a slot may have become free since
	return true
}

// waitOf is how long a request can wait, 0 where it does not say so or makes no sense.
func waitOf(request []byte) time.Duration {
	if !bytes.Contains(request, []byte(`"wait_us"`)) {
		return 0
	}
	var says struct {
		WaitUsec int64 `json:"wait_us"`
	}
	if json.Unmarshal(request, &says) != nil || says.WaitUsec < 0 || says.WaitUsec > time.Hour.Microseconds() {
		return 0 // who looks at the request says why
	}
	return time.Duration(says.WaitUsec) * time.Microsecond
}

// beginParked serves a request that waited, in a slot that has become free.
func (s *Service) beginParked(ctx context.Context, one *parked, giveBack func()) {
	if s.beginIfOpen(ctx, one.runMessage, giveBack) {
		s.hand.remove(one.token) // it was added once more
		return
	}
	giveBack()
	s.dismiss(ctx, one, api.RunUnavailable, "worker is stopping: try again, for another one")
}

func (s *Service) beginIfOpen(ctx context.Context, m runMessage, giveBack func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.begin(ctx, m, giveBack)
	}
	return s.open
}

// dismiss answers a request that waited in vain, and has been removed.
func (s *Service) dismiss(ctx context.Context, one *parked, class api.RunClass, why string) {
	defer s.hand.remove(one.token)
	s.answer(ctx, one.runMessage, class, why)
}

// answer declines a request that was not looked at.
func (s *Service) answer(ctx context.Context, m runMessage, class api.RunClass, why string) {
	s.worker.cfg.Metrics.RunRequest(string(class))
	msg, _ := s.encode(m.reply, s.failure("", class, why))
	s.reply(ctx, msg)
}

// dismissParked answers every request that waits now. One that comes while they are answered may find a worker that takes work again.
func (s *Service) dismissParked(ctx context.Context, why string) {
	for _, one := range s.worker.parked.removeAll() {
		s.dismiss(ctx, one, api.RunUnavailable, why)
	}
}

// callerCheck is how often callers of waiting requests are asked whether they are still there, and how long each may take to
// answer before it is taken to be.
const callerCheck = time.Second

// watchParked sends away, until stop is called, the requests that wait for a worker that takes no work, and those that
// nobody waits for any more.
func (s *Service) watchParked(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		for retry.Sleep(ctx, callerCheck) {
			if reason := s.worker.cfg.Gate.Reason(); reason != "" {
				s.dismissParked(ctx, "worker takes no work: "+reason)
			}
			for _, caller := range s.worker.parked.callers() {
				if s.callerGone(ctx, caller) {
					s.drop(caller)
				}
			}
		}
	})
	return func() { cancel(); watch.Wait() }
}

// callerGone reports whether the server knows nobody that listens for a caller.
func (s *Service) callerGone(ctx context.Context, caller string) bool {
	ctx, cancel := context.WithTimeout(ctx, callerCheck)
	defer cancel()
	_, err := s.worker.conn.NATS().RequestWithContext(ctx, caller, nil)
	return errors.Is(err, nats.ErrNoResponders)
}

// drop forgets the requests of a caller that is gone.
func (s *Service) drop(caller string) {
	for _, one := range s.worker.parked.removeOf(caller) {
		s.hand.remove(one.token)
		s.worker.cfg.Metrics.RunRequest("gone")
	}
}

// answersTo reports whether a caller's subject can be believed: it goes with the subject of the reply, so it is one that the
// server has not rewritten on the way from another account.
func answersTo(caller, reply string) bool {
	prefix, ok := strings.CutSuffix(caller, ".caller")
	return ok && prefix != "" && strings.HasPrefix(reply, prefix+".")
}
