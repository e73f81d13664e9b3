package main

import (
	"context"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
)

// observed counts what a judge's reports tell of phases, compilations and runs; the queue counts the rest.
func (s *server) observed(next queue.Judge) queue.Judge {
	return func(ctx context.Context, sub api.Submission, emit func(api.Event)) (api.Report, error) {
		report, err := next(ctx, sub, emit)
		if err == nil {
			observe(s.metrics, report)
		}
		return report, err
	}
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
