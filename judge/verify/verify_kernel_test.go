package verify

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/google/go-cmp/cmp"
)

// newJudge makes a judge on two containers.
func newJudge(t *testing.T) *judge.Judge {
	t.Helper()
	b := judgetest.NewBench(t)
	j, err := judge.New(judge.Config{Pool: b.Pool, Languages: b.Languages, StateDir: t.TempDir(), Worker: "test"})
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestVerify(t *testing.T) {
	j := newJudge(t)
	files := judgetest.Double()
	delete(files, ".timelimit")
	files["submissions/wrong_answer/b.c"] = "#include <stdio.h>\nint main(){puts(\"2\");}"
	files["submissions/time_limit_exceeded/c.py"] = "while True: pass"
	files["submissions/run_time_error/d.py"] = "1/0"
	files["submissions/accepted/e.swift"] = "print(42)"
	files["submissions/accepted/wrong.py"] = "print(2)" // not what its directory says
	p := judgetest.Package(t, "double", files)
	var rows []string
	found, err := Package(t.Context(), j, p, Options{TimeLimit: time.Second}, func(r Row) {
		rows = append(rows, fmt.Sprintf("%s %s %s %v skipped=%v", r.Submission, r.Language, r.Report.Verdict, r.OK, r.Skipped))
	})
	if err != nil || found.TimeLimit != time.Second {
		t.Fatalf("Package() = %v, %v", found, err)
	}
	want := `submissions/accepted/a.py python3 AC true skipped=false
submissions/accepted/e.swift   false skipped=true
submissions/accepted/wrong.py python3 WA false skipped=false
submissions/run_time_error/d.py python3 RTE true skipped=false
submissions/time_limit_exceeded/c.py python3 TLE true skipped=false
submissions/wrong_answer/b.c c WA true skipped=false`
	if got := strings.Join(rows, "\n"); got != want {
		t.Errorf("rows:\n%s\nwant:\n%s", got, want)
	}

	delete(files, "submissions/accepted/wrong.py")
	p = judgetest.Package(t, "double", files)
	limit, err := TimeLimit(t.Context(), j, p)
	if err != nil || limit != time.Second {
		t.Errorf("TimeLimit() = %v, %v, want 1s: five times a few milliseconds, in whole seconds", limit, err)
	}
}

// One bad example hides nothing: the time limit is computed from the others, and every example has its row.
func TestOneBadExampleHidesNothing(t *testing.T) {
	j := newJudge(t)
	files := judgetest.Double()
	delete(files, ".timelimit")
	files["submissions/accepted/broken.c"] = "int main( {"
	files["submissions/accepted/wrong.py"] = "print(2)"
	files["submissions/wrong_answer/b.py"] = "print(2)"
	verify := func() (Findings, string) {
		var rows []string
		found, err := Package(t.Context(), j, judgetest.Package(t, "double", files), Options{}, func(r Row) {
			rows = append(rows, fmt.Sprintf("%s %s %v", r.Submission, r.Report.Verdict, r.OK))
		})
		if err != nil {
			t.Fatalf("Package() = %v", err)
		}
		return found, strings.Join(rows, "\n")
	}
	want := `submissions/accepted/a.py AC true
submissions/accepted/broken.c CE false
submissions/accepted/wrong.py WA false
submissions/wrong_answer/b.py WA true`
	found, rows := verify()
	if rows != want || found.Uncomputed != nil || found.TimeLimit != time.Second {
		t.Errorf("with one that is accepted: %v, %v, rows:\n%s\nwant:\n%s", found.TimeLimit, found.Uncomputed, rows, want)
	}
	delete(files, "submissions/accepted/a.py")
	_, want, _ = strings.Cut(want, "\n")
	found, rows = verify()
	if rows != want || !errors.Is(found.Uncomputed, api.ErrRejected) || found.TimeLimit != problem.DefaultTimeLimit ||
		!strings.Contains(found.Uncomputed.Error(), "submissions/accepted/wrong.py: must be accepted, and got WA") {
		t.Errorf("with none that is accepted: %v, %v, rows:\n%s\nwant:\n%s", found.TimeLimit, found.Uncomputed, rows, want)
	}
}

// TestComputeTimeLimit: in 2025-09 the time limit lies between what must keep it and what must miss it.
func TestComputeTimeLimit(t *testing.T) {
	j := newJudge(t)
	burn := func(ms string) string {
		return "import time\nn = int(input())\nwhile time.process_time() < " + ms + " / 1000: pass\nprint(2 * n)\n"
	}
	onSecret := func(ms string) string {
		return "import time\nn = int(input())\nwhile n > 1 and time.process_time() < " + ms + " / 1000: pass\nprint(2 * n)\n"
	}
	files := judgetest.Double()
	delete(files, ".timelimit")
	files["problem.yaml"] = "problem_format_version: 2025-09\nname: D\nuuid: 1\nlimits: {time_resolution: 0.1}\n"
	files["submissions/accepted/half.py"] = burn("450")
	files["submissions/accepted/unused.py"] = burn("1500")
	files["submissions/time_limit_exceeded/slow.py"] = burn("6000")
	files["submissions/brute_force/part.py"] = onSecret("6000")
	files["submissions/submissions.yaml"] = "accepted/unused.py: {use_for_time_limit: false}\n" +
		"brute_force/*: {sample: {permitted: [AC]}, secret: {required: [TLE]}}\n"
	p := judgetest.Package(t, "double", files)
	c, err := ComputeTimeLimit(t.Context(), j, p)
	if err != nil {
		t.Fatalf("ComputeTimeLimit() = %v", err)
	}
	if c.Limit < 900*time.Millisecond || c.Limit > 1500*time.Millisecond || c.Limit%(100*time.Millisecond) != 0 || c.Limit < c.Least {
		t.Errorf("time limit %v, want twice of half a second in tenths of a second: %+v", c.Limit, c)
	}
	var got []string
	for _, b := range c.Bounds {
		got = append(got, fmt.Sprintf("%s %s %s %t", b.Side, b.Submission, b.Tests, b.AtLeast))
	}
	want := []string{
		"lower submissions/accepted/a.py  false", "lower submissions/accepted/half.py  false",
		"lower submissions/brute_force/part.py sample false",
		"upper submissions/time_limit_exceeded/slow.py  true", "upper submissions/brute_force/part.py secret true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	files["submissions/time_limit_exceeded/slow.py"] = burn("700")
	_, err = ComputeTimeLimit(t.Context(), j, judgetest.Package(t, "double", files))
	if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), "would have to take") {
		t.Errorf("with a submission that is not too slow enough: %v, want a rejection", err)
	}
	delete(files, "submissions/accepted/a.py")
	files["submissions/submissions.yaml"] += "accepted/half.py: {use_for_time_limit: false}\n"
	delete(files, "submissions/brute_force/part.py")
	_, err = ComputeTimeLimit(t.Context(), j, judgetest.Package(t, "double", files))
	if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), "there is no submission that must keep it") {
		t.Errorf("without a submission that must keep it: %v, want a rejection", err)
	}
}
