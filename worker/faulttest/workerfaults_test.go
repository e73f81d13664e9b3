package faulttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

// steps are the points on the way of a submission that queue marks.
func steps() []string {
	return []string{
		"received", "decoded", "judging", "progress", "judged", "before verdict", "after verdict", "before done",
		"after done", "before ack", "after ack",
	}
}

// workerFaults are the ways to break a worker. After each, no worker may have ended that was not killed.
func workerFaults(levers bool) []kind {
	all := []kind{
		{"kill worker", 2, 8, killWorker},
		{"pause worker", 1, 5, pauseWorker},
		{"restart worker", 1, 5, restartWorker},
		{"cut worker off", 1, 3, linkFault(cut)},
		{"stall network of worker", 1, 3, linkFault(stalled)},
		{"half-open network of worker", 1, 3, linkFault(half)},
		{"fill disk of worker", 1, 3, fillWorker},
		{"kill worker at: a step", 4, 0, anyStep(killAt)},
		{"pause worker at: a step", 2, 0, anyStep(pauseAt)},
	}
	for _, name := range steps() {
		all = append(all,
			kind{"kill worker at: " + name, 0, 2, killAt(name)},
			kind{"pause worker at: " + name, 0, 1, pauseAt(name)})
	}
	if levers {
		all = append(all, kind{"step clock of worker", 0, 3, stepWorker}, kind{"slow disk of worker", 0, 3, slowWorkersDisk})
	}
	all = append(all, hostFaults()...)
	for i, k := range all {
		all[i].inject = func(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
			return errors.Join(s.revive(ctx), k.inject(ctx, s, r, hit))
		}
	}
	return all
}

// revive starts workers again that have ended by themselves, and complains about each.
func (s *site) revive(ctx context.Context) error {
	var errs []error
	for _, w := range s.workers {
		if !w.alive() {
			errs = append(errs, fmt.Errorf("%s has ended by itself: %w", w.name, w.life().err), w.restart(ctx))
		}
	}
	return errors.Join(errs...)
}

func killWorker(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w := pick(r, s.workers)
	hit(w.name)
	w.kill()
	return w.comeBack(ctx, s, r)
}

// comeBack starts a dead worker again, after everything that it held has ended by itself.
func (w *worker) comeBack(ctx context.Context, s *site, r *rand.Rand) error {
	err := s.settle(ctx)
	pause(ctx, between(r, 0, time.Second))
	return errors.Join(err, w.restart(ctx))
}

// anyStep draws one of the steps.
func anyStep(at func(name string) injection) injection {
	return func(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
		name := pick(r, steps())
		return at(name)(ctx, s, r, func(what string) { hit(name + ", " + what) })
	}
}

// killAt lets the first worker that comes to the step die there.
func killAt(name string) injection {
	return func(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
		w, err := s.awaitVictim(ctx, "kill", name, func(w *worker) bool { return !w.alive() })
		if err != nil {
			return err
		}
		hit(w.name)
		return w.comeBack(ctx, s, r)
	}
}

// awaitVictim orders what is to happen at a step, and finds out to whom it did.
func (s *site) awaitVictim(ctx context.Context, what, step string, happened func(*worker) bool) (victim *worker, err error) {
	if err := s.order.give(what, step); err != nil {
		return nil, err
	}
	for end := time.Now().Add(2 * time.Minute); !s.order.followed(); {
		s.feed.more()
		err := poll(ctx, 2*time.Second, "a worker comes to the step", s.order.followed)
		if err != nil && time.Now().After(end) && s.order.takeBack() {
			return nil, err
		}
	}
	err = poll(ctx, 10*time.Second, "a worker has followed the order", func() bool {
		for _, w := range s.workers {
			if happened(w) {
				victim = w
			}
		}
		return victim != nil
	})
	return victim, err
}

// longPause is enough for the server to take a worker for dead, and to give its work to others.
func longPause(r *rand.Rand) time.Duration { return ackWait + between(r, time.Second, 4*time.Second) }

func pauseWorker(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w := pick(r, s.workers)
	if err := w.signal(unix.SIGSTOP); err != nil {
		return err
	}
	d := longPause(r)
	hit(fmt.Sprintf("%s for %.1fs", w.name, d.Seconds()))
	pause(ctx, d)
	return w.signal(unix.SIGCONT)
}

// pauseAt stops the first worker that comes to the step, so that somebody else does its work meanwhile.
func pauseAt(name string) injection {
	return func(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
		w, err := s.awaitVictim(ctx, "stop", name, func(w *worker) bool { return w.stopped() })
		if err != nil {
			return err
		}
		d := longPause(r)
		hit(fmt.Sprintf("%s for %.1fs", w.name, d.Seconds()))
		pause(ctx, d)
		return w.signal(unix.SIGCONT)
	}
}

func restartWorker(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w := pick(r, s.workers)
	hit(w.name)
	return errors.Join(w.terminate(ctx), w.comeBack(ctx, s, r))
}

// linkFault breaks all connections of a worker for a while.
func linkFault(l link) injection {
	return func(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
		w, d, reset := pick(r, s.workers), between(r, time.Second, 3*ackWait), r.IntN(2) == 0
		how := "what was held back arrives"
		if reset || l.refuse {
			how = "what was held back is lost"
		}
		hit(fmt.Sprintf("%s for %.1fs, %s", w.name, d.Seconds(), how))
		w.cut(l, false)
		pause(ctx, d)
		w.cut(healthy, reset)
		return nil
	}
}

func fillWorker(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w, d := pick(r, s.workers), between(r, 2*time.Second, 6*time.Second)
	hit(fmt.Sprintf("%s for %.1fs", w.name, d.Seconds()))
	if err := w.disk.fill(); err != nil {
		return err
	}
	pause(ctx, d)
	if err := w.disk.free(); err != nil {
		return err
	}
	return poll(ctx, time.Minute, w.name+" takes work again", w.ready)
}

func stepWorker(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w := pick(r, s.workers)
	return stepClock(ctx, w.name, w.levers, r, hit)
}

// stepClock sets a clock, and some time later sets it right.
func stepClock(ctx context.Context, name string, l levers, r *rand.Rand, hit func(string)) error {
	by := pick(r, []time.Duration{-time.Hour, -time.Minute, -5 * time.Second, 5 * time.Second, time.Minute, time.Hour})
	hit(fmt.Sprintf("%s by %v", name, by))
	if err := l.step(by); err != nil {
		return err
	}
	pause(ctx, between(r, 2*time.Second, 8*time.Second))
	return l.step(0)
}

func slowWorkersDisk(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w := pick(r, s.workers)
	return slowDisk(ctx, w.name, w.levers, r, hit)
}

// slowDisk lets every write to a file take its time, for some time.
func slowDisk(ctx context.Context, name string, l levers, r *rand.Rand, hit func(string)) error {
	by := pick(r, []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, time.Second})
	d := between(r, 4*time.Second, 10*time.Second)
	hit(fmt.Sprintf("%s for %.1fs, %v for each write", name, d.Seconds(), by))
	if err := l.slow(by); err != nil {
		return err
	}
	pause(ctx, d)
	return l.slow(0)
}
