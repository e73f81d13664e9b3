package faulttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/message"
)

// result is what a run came to.
type result struct {
	accepted, verdicts, doubles, losses, wrong int
	errs                                       []error
}

func (r *result) complain(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// check reads everything that the servers hold, and compares it with what was published.
func (s *site) check(ctx context.Context, total int) result {
	r := result{accepted: total}
	s.checkVerdicts(ctx, &r, total)
	s.checkEvents(ctx, &r, total)
	for _, stream := range []string{message.StreamSubmissions, message.StreamDead} {
		err := poll(ctx, 30*time.Second, stream+" is empty", func() bool { return s.count(ctx, stream) == 0 })
		if err != nil {
			r.complain("%w: it has %d messages", err, s.count(ctx, stream))
		}
	}
	return r
}

func (s *site) checkVerdicts(ctx context.Context, r *result, total int) {
	got := map[string][]api.Report{}
	err := s.each(ctx, message.StreamVerdicts, func(msg *jetstream.RawStreamMsg) error {
		var report api.Report
		if err := json.Unmarshal(msg.Data, &report); err != nil {
			return fmt.Errorf("%s: %w", msg.Subject, err)
		}
		got[msg.Subject] = append(got[msg.Subject], report)
		r.verdicts++
		return nil
	})
	if err != nil {
		r.complain("read verdicts: %w", err)
	}
	for i := range total {
		s, want := submissionOf(i)
		subject := message.VerdictSubject(s.ID, s.Attempt)
		reports := got[subject]
		delete(got, subject)
		switch {
		case len(reports) == 0:
			r.losses++
			r.complain("%s has no verdict", s.ID)
		case len(reports) > 1:
			r.doubles++
			r.complain("%s has %d verdicts", s.ID, len(reports))
		case reports[0].Verdict != want:
			r.wrong++
			r.complain("%s, %s: %s, want %s", s.ID, s.Files[0].Name, describe(reports[0]), want)
		}
	}
	for subject := range got {
		r.complain("nobody asked for %s", subject)
	}
}

func describe(r api.Report) string {
	text := fmt.Sprintf("%s %s of %s, CPU %d us, wall %d us", r.Verdict, r.Reason, r.Worker, r.CPUUsec, r.WallUsec)
	if r.Verdict == verdict.JudgeError && r.Error != nil {
		text += ": " + r.Error.Message
	}
	return text
}

// checkEvents wants one last event for each submission, and nothing behind it.
func (s *site) checkEvents(ctx context.Context, r *result, total int) {
	done := map[string]int{}
	err := s.each(ctx, message.StreamEvents, func(msg *jetstream.RawStreamMsg) error {
		var e api.Event
		if err := json.Unmarshal(msg.Data, &e); err != nil {
			return fmt.Errorf("%s: %w", msg.Subject, err)
		}
		id := submissionIn(msg.Subject)
		if done[id] > 0 {
			r.complain("%s: event %d %s of %d behind the last one", id, e.Sequence, e.Stage, msg.Sequence)
		}
		if e.Stage == api.StageDone {
			done[id]++
		}
		return nil
	})
	if err != nil {
		r.complain("read events: %w", err)
	}
	for i := range total {
		if s, _ := submissionOf(i); done[s.ID] != 1 {
			r.complain("%s has %d last events", s.ID, done[s.ID])
		}
	}
}

// each reads a whole stream.
func (s *site) each(ctx context.Context, stream string, do func(*jetstream.RawStreamMsg) error) error {
	handle, err := s.conn.JetStream().Stream(ctx, stream)
	if err != nil {
		return err
	}
	for after := uint64(0); ; {
		msg, err := handle.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err == nil {
			after = msg.Sequence
			err = do(msg)
		}
		if err != nil {
			return err
		}
	}
}

// count is the number of messages in a stream, or -1 when it is not known.
func (s *site) count(ctx context.Context, stream string) int {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	handle, err := s.conn.JetStream().Stream(ctx, stream)
	if err != nil {
		return -1
	}
	return int(handle.CachedInfo().State.Msgs)
}

// checkHost stops the workers, and looks for what they left. What a killed one left, its next start removed.
func (s *site) checkHost(ctx context.Context) []error {
	var errs []error
	errs = append(errs, s.revive(ctx))
	s.noteTrees()
	for _, w := range s.workers {
		errs = append(errs, w.terminate(ctx))
		errs = append(errs, empty(filepath.Join(w.disk.dir, "temp")))
	}
	return append(errs, s.settle(ctx), s.checkTrees(ctx), empty(filepath.Join(s.dir, "tmp")))
}

func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s holds %v", dir, entries)
	}
	return err
}
