package schedule

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/guard"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
)

// made is what a made-up piece of work does.
type made struct {
	result   grading.Result
	err      error
	duration time.Duration
}

// drawWork draws what each unit gives, and which units are equal.
func drawWork(t *rapid.T, plan *grading.Plan) (work []int, pieces []made) {
	work, pieces = make([]int, len(plan.Units)), make([]made, len(plan.Units))
	verdicts := []verdict.Code{"AC", "AC", "AC", "AC", "AC", "AC", "WA", "TLE", "RTE", "PAC", "JE", "fault"}
	for i, u := range plan.Units {
		work[i] = i
		if u.Kind == grading.TestCase && i > 0 && plan.Units[i-1].Kind == grading.TestCase && rapid.IntRange(0, 5).Draw(t, "equal") == 0 {
			work[i] = work[rapid.IntRange(0, i-1).Filter(func(k int) bool { return plan.Units[k].Kind == grading.TestCase }).Draw(t, "to")]
			continue
		}
		p := &pieces[i]
		p.duration = time.Duration(rapid.IntRange(1, 20).Draw(t, "duration")) * time.Second
		p.result.Verdict = rapid.SampledFrom(verdicts).Draw(t, "verdict")
		switch {
		case p.result.Verdict == "fault":
			p.err = fmt.Errorf("fault of unit %d", i)
		case rapid.IntRange(0, 3).Draw(t, "scores") == 0:
			p.result.Score = verdict.Score{
				Kind:  rapid.SampledFrom([]verdict.ScoreKind{verdict.ScoreAbsolute, verdict.ScoreMultiplier}).Draw(t, "kind"),
				Value: float64(rapid.IntRange(0, 4).Draw(t, "score")) / 4,
			}
		}
	}
	return work, pieces
}

// do gives the result of a unit. That of a grader follows from what it is told.
func (m made) do(u grading.Unit, lines []grading.Line) (grading.Result, error) {
	if u.Kind != grading.Grader || m.err != nil {
		return m.result, m.err
	}
	r := grading.Result{Verdict: verdict.Accepted, Score: verdict.Score{Kind: verdict.ScoreAbsolute, Value: float64(len(lines))}}
	for _, l := range lines {
		r.Score.Value += l.Score
		if l.Verdict == verdict.RunTimeError {
			r.Verdict = verdict.WrongAnswer
		}
	}
	return r, nil
}

// inOrder is what doing the units one after the other gives.
func inOrder(plan *grading.Plan, work []int, pieces []made) (*grading.Outcome, error) {
	c := plan.Start()
	for u, ok := c.Next(); ok; u, ok = c.Next() {
		var lines []grading.Line
		if plan.Units[u].Kind == grading.Grader {
			lines, _ = c.GraderInput()
		}
		r, err := pieces[work[u]].do(plan.Units[u], lines)
		if err != nil {
			return nil, err
		}
		c.Put(r)
	}
	return c.Outcome(), nil
}

// The outcome of a submission never depends on how many tests ran at once or in which order they ended, whatever the
// rules of the problem are.
func TestSchedulerGivesTheOutcomeOfRunningInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProblem(rt)
		plan := grading.New(p, rapid.Bool().Draw(rt, "all"))
		work, pieces := drawWork(rt, plan)
		workers := rapid.IntRange(1, 5).Draw(rt, "workers")
		want, wantErr := inOrder(plan, work, pieces)
		var got *grading.Outcome
		var err error
		synctest.Test(t, func(t *testing.T) {
			s := New(plan, work)
			s.Do = func(ctx context.Context, unit int, lines []grading.Line) (grading.Result, error) {
				select {
				case <-time.After(pieces[work[unit]].duration):
					return pieces[work[unit]].do(plan.Units[unit], lines)
				case <-ctx.Done():
					return grading.Result{}, context.Cause(ctx)
				}
			}
			got, err = s.Run(t.Context(), NewSlots(workers))
		})
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			rt.Fatalf("Run() = %v, want %v", err, wantErr)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(grading.Outcome{})); diff != "" {
			rt.Fatalf("outcome (-in order +parallel):\n%s", diff)
		}
	})
}

// What does not count changes neither the verdict nor the score.
func TestAllTestsGiveTheSameVerdictAndScore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProblem(rt)
		some, all := grading.New(p, false), grading.New(p, true)
		work, pieces := drawWork(rt, some)
		for i := range pieces {
			pieces[i].err = nil
			if pieces[i].result.Verdict == "fault" {
				pieces[i].result.Verdict = verdict.RunTimeError
			}
		}
		a, _ := inOrder(some, work, pieces)
		b, _ := inOrder(all, work, pieces)
		if a.Verdict != b.Verdict || a.Score != b.Score || !cmp.Equal(a.Error, b.Error) {
			rt.Errorf("some tests give %s %v %v, all tests %s %v %v", a.Verdict, a.Score, a.Error, b.Verdict, b.Score, b.Error)
		}
		for i, u := range b.Units[:all.Tests] {
			if !u.Visited {
				rt.Errorf("%s was not visited with all tests", all.Units[i].Name)
			}
		}
	})
}

func TestSchedulerEndsWithItsContext(t *testing.T) {
	cause := errors.New("withdrawn")
	ctx, cancel := context.WithCancelCause(t.Context())
	plan := grading.New(flatProblem(10), true)
	s := New(plan, identity(plan))
	s.Do = func(ctx context.Context, i int, _ []grading.Line) (grading.Result, error) {
		if i == 3 {
			cancel(cause)
		}
		if i < 3 {
			return grading.Result{Verdict: verdict.Accepted}, nil
		}
		<-ctx.Done()
		return grading.Result{}, context.Cause(ctx)
	}
	if _, err := s.Run(ctx, NewSlots(2)); !errors.Is(err, cause) {
		t.Errorf("Run() = %v, want %v", err, cause)
	}
}

// A test that fails ends those after it at once, and lets those before it go on.
func TestSchedulerCancelsWhatNoLongerCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := grading.New(flatProblem(4), false)
		s := New(plan, identity(plan))
		var ended [4]time.Duration
		start := time.Now()
		s.Do = func(ctx context.Context, i int, _ []grading.Line) (grading.Result, error) {
			defer func() { ended[i] = time.Since(start) }()
			select {
			case <-time.After([]time.Duration{5 * time.Second, time.Second, time.Minute, time.Minute}[i]):
			case <-ctx.Done():
				return grading.Result{}, context.Cause(ctx)
			}
			return grading.Result{Verdict: []verdict.Code{"RTE", "WA", "AC", "AC"}[i]}, nil
		}
		o, err := s.Run(t.Context(), NewSlots(3))
		if err != nil || o.Verdict != "RTE" {
			t.Errorf("Run() = %v, %v, want RTE", o, err)
		}
		if want := [4]time.Duration{5 * time.Second, time.Second, time.Second, 0}; ended != want {
			t.Errorf("tests ended after %v, want %v", ended, want)
		}
	})
}

// Ten thousand tests that all fail, in many groups, cost little: nothing is gone over again and again.
func TestManyTestsAreNotGoneOverAgainAndAgain(t *testing.T) {
	group := &problem.Group{Name: "secret", Modern: &problem.ModernGrading{Group: true, Aggregation: problem.AggregateSum, MaxScore: 100}}
	p := &problem.Problem{Kind: problem.Kind{Scoring: true}, Groups: &problem.Group{Modern: &problem.ModernGrading{}, Children: []problem.Child{{Group: group}}}}
	for g := range 1000 {
		name := fmt.Sprintf("secret/%04d", g)
		small := &problem.Group{Name: name, Modern: &problem.ModernGrading{Group: true, Aggregation: problem.AggregatePassFail}}
		for i := range 10 {
			test := &problem.Test{Name: fmt.Sprintf("%s/%d", name, i)}
			p.Tests = append(p.Tests, test)
			small.Children = append(small.Children, problem.Child{Test: test})
		}
		group.Children = append(group.Children, problem.Child{Group: small})
	}
	for _, all := range []bool{false, true} {
		plan := grading.New(p, all)
		s := New(plan, identity(plan))
		s.Do = func(ctx context.Context, i int, _ []grading.Line) (grading.Result, error) {
			return grading.Result{Verdict: verdict.WrongAnswer}, nil
		}
		if _, err := s.Run(t.Context(), NewSlots(4)); err != nil {
			t.Fatal(err)
		}
		if most := 500 * len(p.Tests); s.steps > most {
			t.Errorf("the cursors made %d steps over 10,000 tests (all: %v), want at most %d", s.steps, all, most)
		} else {
			t.Logf("all %v: %d steps", all, s.steps)
		}
	}
}

// A panic is the fault of its unit, and reaches no other goroutine.
func TestPanicIsAFault(t *testing.T) {
	plan := grading.New(flatProblem(3), true)
	s := New(plan, identity(plan))
	s.Do = func(_ context.Context, i int, _ []grading.Line) (grading.Result, error) {
		if i == 1 {
			panic("broken comparer")
		}
		return grading.Result{Verdict: verdict.Accepted}, nil
	}
	var panicked *guard.PanicError
	if _, err := s.Run(t.Context(), NewSlots(2)); !errors.As(err, &panicked) {
		t.Errorf("Run() = %v, want a panic", err)
	}
}

// Progress may take long: no worker waits for it but the one that calls it.
func TestProgressHoldsNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := grading.New(flatProblem(3), true)
		s := New(plan, identity(plan))
		last := make(chan struct{})
		s.Do = func(_ context.Context, i int, _ []grading.Line) (grading.Result, error) {
			if i == 2 {
				close(last)
			}
			return grading.Result{Verdict: verdict.Accepted}, nil
		}
		s.Progress = func(n int) {
			if n == 1 {
				<-last
			}
		}
		if _, err := s.Run(t.Context(), NewSlots(2)); err != nil {
			t.Error(err)
		}
	})
}

func flatProblem(n int) *problem.Problem {
	p := &problem.Problem{}
	for i := range n {
		p.Tests = append(p.Tests, &problem.Test{Name: fmt.Sprint(i)})
	}
	return p
}

func identity(plan *grading.Plan) []int {
	work := make([]int, len(plan.Units))
	for i := range work {
		work[i] = i
	}
	return work
}
