package serve

import (
	"context"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// observed counts what a judge's reports tell of phases, compilations and runs; the queue counts the rest.
func (s *server) observed(next queue.Judge) queue.Judge {
	return func(ctx context.Context, sub api.Submission, emit func(api.Event)) (api.Report, error) {
		ctx = pool.WithUser(ctx, api.Identity{ID: sub.ID, Attempt: sub.Attempt})
		report, err := next(ctx, sub, emit)
		if err == nil {
			observe(s.metrics, report)
			s.tellMemory(report)
		}
		return report, err
	}
}

// runID is the identifier of a run request.
type runID string

// namedRun has the log name the run requests whose containers are thrown away.
func namedRun(next queue.Runner) queue.Runner {
	return func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
		return next(pool.WithUser(ctx, runID(r.ID)), r, path, most)
	}
}

// logDiscarded tells of a container that hung, died or could not be reset, and whose run it was.
func (s *server) logDiscarded(user any, reason error) {
	log := s.log.Warn().Err(reason)
	switch user := user.(type) {
	case api.Identity:
		log = log.Str("submission", user.ID).Int("attempt", user.Attempt)
	case runID:
		log = log.Str("run_request", string(user))
	}
	log.Msg("container thrown away")
}

// tellMemory warns, once for each problem, where its memory limit is more than the programs of this worker can have.
func (s *server) tellMemory(r api.Report) {
	together, slots := s.runtime.Containers.Memory(), s.runtime.Containers.Slots()
	what := lackOfMemory(sandbox.Bytes(r.MemoryLimit), together, slots)
	if what == "" {
		return
	}
	if _, told := s.memoryTold.LoadOrStore(r.Problem, true); !told {
		s.log.Warn().Str("problem", r.Problem).Int64("limit_mib", r.MemoryLimit/int64(sandbox.MiB)).
			Int64("together_mib", int64(together/sandbox.MiB)).Int("slots", slots).Str("effect", what).
			Msg("a problem allows more memory than there is: add memory, use fewer slots, or lower its memory_limit")
	}
}

// lackOfMemory says what comes of a memory limit where all programs have so much together, "" for nothing. Without control
// groups nothing is known, and together is 0.
func lackOfMemory(limit, together sandbox.Bytes, slots int) string {
	switch {
	case together == 0 || limit*sandbox.Bytes(slots) <= together:
		return ""
	case limit > together:
		return "a program that needs what it is allowed is a judge error of class host"
	}
	return "programs that need what they are allowed at the same time are tried again"
}

func observe(m *metrics.Metrics, r api.Report) {
	for phase, usec := range map[metrics.Phase]int64{
		metrics.PhaseFetch:   r.Phases.FetchUsec,
		metrics.PhaseCompile: r.Phases.CompileUsec,
		metrics.PhaseRun:     r.Phases.RunUsec,
		metrics.PhaseCheck:   r.Phases.CheckUsec,
	} {
		m.Phase(phase, time.Duration(usec)*time.Microsecond)
	}
	for _, t := range r.Tests {
		if t.WallUsec > 0 { // a test that was skipped has not run
			m.Program(time.Duration(t.CPUUsec)*time.Microsecond, t.PeakMemory)
		}
	}
	switch {
	case r.Compile.Cached:
		m.CacheHit(metrics.CacheArtifact)
	case r.Compile.WallUsec > 0:
		m.CacheMiss(metrics.CacheArtifact)
	}
}
