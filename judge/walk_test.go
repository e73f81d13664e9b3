package judge

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/verdict"
)

// outcome is what a made-up test does.
type outcome struct {
	report *TestReport
	err    error
}

func drawOutcomes(t *rapid.T) []outcome {
	n := rapid.IntRange(0, 12).Draw(t, "tests")
	outcomes := make([]outcome, n)
	for i := range outcomes {
		v := rapid.SampledFrom([]verdict.Code{"AC", "AC", "AC", "WA", "TLE", "RTE", "JE", "fault"}).Draw(t, "verdict")
		if v == "fault" {
			outcomes[i].err = fmt.Errorf("fault of test %d", i)
			continue
		}
		outcomes[i].report = &TestReport{
			Name: fmt.Sprint(i), Verdict: v, CPUUsec: rapid.Int64Range(0, 100).Draw(t, "cpu"),
			WallUsec: rapid.Int64Range(0, 100).Draw(t, "wall"), PeakMemory: rapid.Int64Range(0, 100).Draw(t, "peak"),
		}
	}
	return outcomes
}

// inOrder is what running the tests one after the other gives.
func inOrder(outcomes []outcome, all bool) ([]*TestReport, error) {
	results := make([]*TestReport, len(outcomes))
	for i, o := range outcomes {
		if o.err != nil {
			return nil, o.err
		}
		results[i] = o.report
		if o.report.Verdict != verdict.Accepted && !all {
			break
		}
	}
	return results, nil
}

func namesOf(outcomes []outcome) []string {
	names := make([]string, len(outcomes))
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}

// The report of a submission never depends on how many tests ran at once or in which order they ended.
func TestWalkGivesTheReportOfRunningInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		outcomes := drawOutcomes(rt)
		all := rapid.Bool().Draw(rt, "all")
		hands := rapid.IntRange(1, 5).Draw(rt, "hands")
		durations := rapid.SliceOfN(rapid.IntRange(1, 20), len(outcomes), len(outcomes)).Draw(rt, "durations")
		wantResults, wantErr := inOrder(outcomes, all)
		var got []*TestReport
		var err error
		synctest.Test(t, func(t *testing.T) {
			got, err = newWalk(len(outcomes), all).run(t.Context(), hands, func(ctx context.Context, i int) (*TestReport, error) {
				select {
				case <-time.After(time.Duration(durations[i]) * time.Second):
					return outcomes[i].report, outcomes[i].err
				case <-ctx.Done():
					return nil, context.Cause(ctx)
				}
			})
		})
		if !errors.Is(err, wantErr) {
			rt.Fatalf("run() = %v, want %v", err, wantErr)
		}
		if err != nil {
			return
		}
		var want, folded Report
		want.fold(namesOf(outcomes), wantResults, all)
		folded.fold(namesOf(outcomes), got, all)
		if diff := cmp.Diff(want, folded); diff != "" {
			rt.Fatalf("report (-in order +parallel):\n%s", diff)
		}
	})
}

func TestWalkEndsWithItsContext(t *testing.T) {
	cause := errors.New("withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := newWalk(10, true).run(ctx, 2, func(ctx context.Context, i int) (*TestReport, error) {
		if i == 3 {
			cancel(cause)
		}
		if i < 3 {
			return &TestReport{Verdict: verdict.Accepted}, nil
		}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	if !errors.Is(err, cause) {
		t.Errorf("run() = %v, want %v", err, cause)
	}
}

func TestFoldCountsOnlyWhatWasPublished(t *testing.T) {
	results := []*TestReport{
		{Name: "a", Verdict: "AC", CPUUsec: 5},
		{Name: "b", Verdict: "WA", Reason: "no_output", CPUUsec: 7},
		{Name: "c", Verdict: "TLE", CPUUsec: 100, WallUsec: 100, PeakMemory: 100}, // had run by chance
		nil,
	}
	var r Report
	r.fold([]string{"a", "b", "c", "d"}, results, false)
	want := Report{
		Verdict: "WA", Reason: "no_output", CPUUsec: 7,
		Tests: []TestReport{*results[0], *results[1], {Name: "c", Verdict: "SK"}, {Name: "d", Verdict: "SK"}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("fold() (-want +got):\n%s", diff)
	}
}
