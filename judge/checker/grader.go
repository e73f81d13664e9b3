package checker

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// Grade is what a test case or group got, as graders of the legacy format are told and tell it.
type Grade struct {
	// Verdict is AC, WA, TLE, RTE, MLE, OLE or JE; graders know no other.
	Verdict verdict.Code
	Score   float64
}

// GraderResult is the answer of a grader.
type GraderResult struct {
	Grade
	// Complaint says what the grader did wrong: a judge error. "" when it answered, and Grade is set only then.
	Complaint string
	Usage     Usage
}

// RunGrader runs a custom grader of the legacy format in sb, which must be fresh from a lease. It reads a line
// "VERDICT SCORE" for each of results, has flags for arguments, prints one such line, and exits with 0. Whatever else
// it does is a Complaint. An error is a fault.
func RunGrader(
	ctx context.Context, sb *sandbox.Sandbox, v Program, results []Grade, flags []string, limits sandbox.Limits,
) (GraderResult, error) {
	facts, err := runFilter(ctx, sb, v, gradeLines(results), flags, limits)
	if err != nil {
		return GraderResult{}, err
	}
	out := GraderResult{Usage: Usage{CPU: facts.CPU, Wall: facts.Wall, PeakMemory: facts.PeakMemory}}
	what := complaint(facts, limits)
	if what == "" && facts.ExitCode != 0 {
		what = fmt.Sprintf("ended with exit code %d; it must be 0", facts.ExitCode)
	}
	if what == "" {
		out.Grade, what = parseGrade(facts.Stdout)
	}
	if what != "" {
		out.Complaint = v.name() + " " + what + stderrTail(facts.Stderr)
	}
	return out, nil
}

// runFilter runs a program that reads its standard input.
func runFilter(
	ctx context.Context, sb *sandbox.Sandbox, v Program, input []byte, args []string, limits sandbox.Limits,
) (sandbox.Result, error) {
	if err := v.put(ctx, sb, nil, nil); err != nil {
		return sandbox.Result{}, err
	}
	stdin, err := sandbox.MemFile("input", input)
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("prepare input for %s: %w", v.name(), err)
	}
	defer stdin.Close()
	c := &Call{sandbox: sb, program: v, Command: v.command(args, limits)}
	c.Command.Stdin = stdin
	return c.run(ctx)
}

// gradeLines writes scores so that any language reads them: without an exponent.
func gradeLines(results []Grade) []byte {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "%s %s\n", r.Verdict, strconv.FormatFloat(r.Score, 'f', -1, 64))
	}
	return []byte(b.String())
}

// gradeLine is what the legacy format says that a grader prints.
var gradeLine = regexp.MustCompile(`^(AC|WA|TLE|RTE|MLE|OLE|JE)\s+(-?[0-9.]+)\s*$`)

// parseGrade reads what a grader printed, and says what is wrong with it.
func parseGrade(stdout []byte) (Grade, string) {
	m := gradeLine.FindSubmatch(stdout)
	if m == nil {
		return Grade{}, fmt.Sprintf("printed %s; it must be one line with AC, WA, TLE, RTE, MLE, OLE or JE, and a score", quote(stdout))
	}
	score, err := parseScore("the line that it printed", m[2])
	if err != nil {
		return Grade{}, "gave a score that cannot be used: " + err.Error()
	}
	return Grade{Verdict: verdict.Code(m[1]), Score: score}, ""
}
