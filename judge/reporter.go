package judge

import (
	"cmp"
	"context"
	"slices"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/artifact"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/verdict"
)

// reporter puts together what is told of one submission: events while it is judged, the files that were asked for, and the
// report.
type reporter struct {
	report    api.Report
	events    *events
	keep      []api.ArtifactKind
	artifacts artifactSink
}

func (j *Judge) newReporter(r request, l *language.Language, limits classify.Limits, emit func(api.Event)) reporter {
	sub := r.submission
	report := api.Report{
		Version: api.Version, Submission: sub.ID, Attempt: sub.Attempt, Problem: r.problem.Name,
		Language:      AnswersLanguage,
		TimeLimitUsec: limits.CPU.Microseconds(), MemoryLimit: int64(r.problem.Limits.Memory), Worker: j.cfg.Worker,
		Tests: []api.TestReport{},
	}
	if l != nil {
		report.Language = l.ID
	}
	return reporter{
		report: report, events: &events{emit: emit}, keep: sub.Keep,
		artifacts: artifactSink{to: j.cfg.Keeper, id: sub.ID, path: api.AttemptKey(sub.ID, sub.Attempt), most: maxKept},
	}
}

// compileError ends the judgement with CE: nothing is run.
func (r *reporter) compileError(plan *grading.Plan, reason verdict.Reason, log string) {
	fillReport(&r.report, plan, plan.Nothing(verdict.CompileError), nil, nil)
	r.report.Reason = reason
	if log != "" {
		r.report.Compile.Log = log
	}
}

// compiled takes the compiler's report, and keeps the log where it was asked for.
func (r *reporter) compiled(ctx context.Context, result artifact.Result) {
	r.report.Compile = result.Report
	log := cmp.Or(result.FullLog, result.Report.Log)
	if log == "" {
		return
	}
	r.report.Artifacts = append(r.report.Artifacts, r.keepFiles(ctx, "compile", []api.Artifact{{
		Kind: api.ArtifactCompileLog, Name: "log", Data: []byte(log),
		Truncated: result.Report.Truncated && result.FullLog == "", // compiled earlier: the rest is gone
	}})...)
}

// keepFiles hands over those files of a test case that were asked for, and returns what is to be told of them.
func (r *reporter) keepFiles(ctx context.Context, test string, files []api.Artifact) []api.Artifact {
	var kept []api.Artifact
	for _, a := range files {
		if slices.Contains(r.keep, a.Kind) {
			kept = append(kept, r.artifacts.keep(ctx, test, a))
		}
	}
	return kept
}

// fillReport puts the outcome and what the tests got into the report. result is what the work item of a unit came to, and
// is not called for units that were not visited.
func fillReport(r *api.Report, plan *grading.Plan, o *grading.Outcome, result func(unit int) *testResult, items []int) {
	r.Verdict = o.Verdict
	if o.Unit >= 0 && o.Units[o.Unit].Error == nil {
		r.Reason = result(o.Unit).Reason
	}
	if o.Verdict == verdict.MemoryLimitExceeded || o.Verdict == verdict.OutputLimitExceeded {
		r.KattisVerdict = verdict.RunTimeError
	}
	if o.Error != nil {
		r.Error = &api.ErrorReport{Class: o.Error.Class, Message: o.Error.Message}
	}
	if plan.Scoring {
		r.Score = &o.Score
	}
	r.Groups = groupReports(o.Groups)
	r.Tests = make([]api.TestReport, plan.Tests)
	owner := map[int]string{} // the test case that a work item was done for
	for i := range r.Tests {
		name := plan.Units[i].Name
		if !o.Units[i].Visited {
			r.Tests[i] = api.TestReport{Name: name, Verdict: verdict.Skipped}
			continue
		}
		t := result(i).TestReport
		t.Name = name
		if t.SameAs = owner[items[i]]; t.SameAs == "" {
			owner[items[i]] = name
		}
		apply(&t, o.Units[i])
		r.Tests[i] = t
		r.CPUUsec = max(r.CPUUsec, t.CPUUsec)
		r.WallUsec = max(r.WallUsec, t.WallUsec)
		r.PeakMemory = max(r.PeakMemory, t.PeakMemory)
	}
}

// apply adds what the rules of grading made of the result.
func apply(t *api.TestReport, u grading.UnitOutcome) {
	t.Score = u.Score
	if u.Error != nil {
		t.Verdict, t.Reason = verdict.JudgeError, ""
		t.JudgeMessage = u.Error.Message + "\n" + t.JudgeMessage
	}
}

func groupReports(groups []grading.GroupOutcome) []api.GroupReport {
	reports := make([]api.GroupReport, len(groups))
	for i, g := range groups {
		reports[i] = api.GroupReport{Name: g.Name, Verdict: g.Verdict, Score: g.Score, MaxScore: g.Max}
	}
	return reports
}
