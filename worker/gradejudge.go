package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/grade"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
)

// here grades in containers of this host.
func (g *grader) here(ctx context.Context, cfg grade.Config) (book *grade.Book, err error) {
	g.out.Progressf("making containers")
	w, err := judging.Open(ctx, judging.Config{
		Judging: g.Judging, State: g.state, Worker: judging.WorkerName(""),
		OnCacheError: func(err error) { g.out.Notef("%v", err) },
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	w.Prepare(language.UsedCaches)
	if err := g.computeLimit(ctx, w, &cfg); err != nil {
		return nil, err
	}
	cfg.Parallel = w.Judge().Slots()
	cfg.Toolchain = func(ctx context.Context, s api.Submission) string { return toolchain(ctx, w, s) }
	cfg.Judge = func(ctx context.Context, s api.Submission, _ bool) (api.Report, error) {
		return w.Judge().JudgeProblem(ctx, g.problem, s, nil)
	}
	return grade.Run(ctx, cfg, g.entries)
}

// computeLimit computes the time limit of a package that states none, once for all runs: measured again, it would come out a
// little different.
func (g *grader) computeLimit(ctx context.Context, w *judging.Runtime, cfg *grade.Config) error {
	if g.TimeLimit != 0 || g.problem.Kind.SubmitAnswer || g.problem.Limits.TimeSource != problem.TimeComputed {
		return nil
	}
	if before := cfg.Earlier; before != nil && before.Digest == g.problem.Digest && before.TimeLimitUsec > 0 {
		cfg.Request.TimeLimitUsec = before.TimeLimitUsec
	} else {
		g.out.Progressf("the package states no time limit: measuring its accepted submissions")
		limit, err := verify.TimeLimit(ctx, w.Judge(), g.problem)
		if err != nil {
			return err
		}
		cfg.Request.TimeLimitUsec = limit.Microseconds()
	}
	cfg.ComputedLimit = settings.Span(cfg.Request.TimeLimitUsec * 1000).Duration()
	return nil
}

// toolchain is the version of what would compile or run a submission now; "" where there is nothing.
func toolchain(ctx context.Context, r *judging.Runtime, s api.Submission) string {
	l, err := r.Languages().Choose(s.Language, sandboxFiles(s.Files))
	if err != nil || r.Languages().Ready(ctx, r.Containers, l) != nil {
		return ""
	}
	return r.Languages().Status(l).Version
}

// gradeLane is the lane for classes: contests go first.
const gradeLane = message.LanePractice

// inQueue is how many submissions of a class are in the queue at a time: enough that every slot of the pool has one, and another
// one that waits. All of them are in memory.
func (g *grader) inQueue(ctx context.Context, platform *client.Client) int {
	const least, most = 16, 512
	slots, _ := connect.CountSlots(ctx, platform, string(g.Pool))
	if slots == 0 {
		return 4 * least // it may need leave that the user does not have
	}
	return min(max(2*slots, least), most)
}

// throughQueue grades by the workers of a queue.
func (g *grader) throughQueue(ctx context.Context, cfg grade.Config) (*grade.Book, error) {
	platform, done, err := g.NATS.Dial(ctx, g.out, g.state.Path)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := platform.CheckWorkers(ctx, client.Requirement{Pool: string(g.Pool), Lane: gradeLane}); err != nil {
		return nil, err
	}
	digest, err := g.store(ctx, platform.Problems())
	if err != nil {
		return nil, err
	}
	cfg.Request.ProblemDigest = digest
	cfg.Parallel = g.inQueue(ctx, platform)
	cfg.Judge = func(ctx context.Context, s api.Submission, again bool) (api.Report, error) {
		s.ID = g.queueID(s, again || g.Force)
		return g.fromQueue(ctx, platform, s)
	}
	return grade.Run(ctx, cfg, g.entries)
}

// store brings the package into the store unless this version of it is there.
func (g *grader) store(ctx context.Context, problems *client.Problems) (digest string, err error) {
	g.out.Progressf("packing %s", g.problem.Name)
	v, archive, err := problemPushCmd{Reading: g.Reading}.pack(g.state, g.Package)
	if err != nil {
		return "", err
	}
	defer archive.Close()
	history, err := problems.History(ctx, v.Name, nil)
	if err != nil {
		return "", err
	}
	there := history.At(time.Time{})
	if slices.ContainsFunc(there, func(h api.StoredVersion) bool { return h.Digest == v.Digest }) {
		return v.Digest, nil
	}
	if _, err := problems.Push(ctx, v, archive); err != nil {
		return "", err
	}
	g.out.Notef("pushed %s %s to the store of problems", v.Name, shortDigest(v.Digest))
	return v.Digest, nil
}

// queueID is the ID of a submission: the same for the same content, so that what was judged before an interruption is not
// judged again, unless it must be.
func (g *grader) queueID(s api.Submission, fresh bool) string {
	text := s.ContentDigest()
	if fresh {
		text += rand.Text()
	}
	sum := sha256.Sum256([]byte(text))
	return g.Qualify(settings.SubmissionID("grade-" + hex.EncodeToString(sum[:16])))
}

// fromQueue gets the verdict of a submission, which is published unless it has one already.
func (g *grader) fromQueue(ctx context.Context, platform *client.Client, s api.Submission) (api.Report, error) {
	report, err := platform.Verdict(ctx, s.ID, s.Attempt)
	if !errors.Is(err, client.ErrNoVerdict) {
		return report, err
	}
	err = platform.Submit(ctx, string(g.Pool), gradeLane, s)
	switch {
	case errors.Is(err, client.ErrNoWorker):
		return report, api.Refuse(verdict.ClassLanguage, err)
	case err != nil:
		return report, fmt.Errorf("publish %s: %w", cmp.Or(s.ID, "submission"), err)
	}
	return platform.WaitFor(ctx, s)
}
