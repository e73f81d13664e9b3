package judge

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/verdict"
)

// anyName draws the path of a submitted file: of few names, so that files and directories meet, and of all that a contestant
// may think of.
func anyName() *rapid.Generator[string] {
	element := rapid.OneOf(
		rapid.SampledFrom([]string{
			"a.py", "b.py", "helper", "h.py", "extra", "data.txt", "program", "A.PY", "A.py", "x", "y", "main.py", "__main__.py",
			"__pycache__", "a b", "é", "run", "build", "w", "tmp",
		}),
		rapid.SampledFrom([]string{"", ".", "..", ".out", "-o", "a\x00b", "a\nb", `a\b`, "@x", " ", strings.Repeat("n", 255), strings.Repeat("n", 256)}),
		rapid.String(),
	)
	usual := rapid.SampledFrom([]string{"a.py", "b.py", "helper", "extra", "program", "A.PY", "x", "y"})
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(usual, 1, 3), join),
		rapid.Map(rapid.SliceOfN(element, 1, 4), join),
		rapid.Map(rapid.IntRange(1, 600), func(n int) string { return strings.Repeat("d/", n) + "f" }),
	)
}

func join(elements []string) string { return strings.Join(elements, "/") }

// anyTree draws the files of a submission.
func anyTree(t *rapid.T) []api.SourceFile {
	tree := []api.SourceFile{{Name: "a.py", Text: "print(2*int(input()))\n"}}
	if rapid.IntRange(0, 9).Draw(t, "without a program") == 0 {
		tree = nil
	}
	for range rapid.IntRange(0, 6).Draw(t, "files") {
		tree = append(tree, api.SourceFile{Name: anyName().Draw(t, "name")})
	}
	if wide := rapid.IntRange(0, 400).Draw(t, "many"); wide > 360 { // with names that no argument list holds
		for i := range wide - 350 {
			tree = append(tree, api.SourceFile{Name: fmt.Sprintf("%s%d.py", strings.Repeat(strings.Repeat("l", 200)+"/", 4), i)})
		}
	}
	return tree
}

// Whatever files a contestant sends, by whatever names: the worst is a compile error, a run-time error or, where another file
// than meant is started, a wrong answer; in containers that go on serving.
func TestAnyFileTree(t *testing.T) {
	files := judgetest.Double()
	delete(files, "submissions/accepted/a.py")
	delete(files, ".timelimit")
	files["problem.yaml"] = "problem_format_version: 2025-09\nname: Double\nuuid: 5e0c0de5-0000-4000-8000-000000000065\n" +
		"limits:\n  time_limit: 5\n"
	files["include/default/helper/h.py"] = ""
	files["data/secret/2.files/extra/data.txt"] = "x\n"
	files["output_validator/v.py"] = "import sys\nsys.exit(42 if sys.stdin.read() == open(sys.argv[2]).read() else 43)\n"
	problems := shelf{"double": judgetest.Package(t, "double", files)}
	b := newBenchWith(t, []string{"python3", "c"}, func(c *Config) { c.Problems = problems })
	seen := map[verdict.Code]int{}
	rapid.Check(t, func(rt *rapid.T) {
		sub := submission("s", "python3", anyTree(rt)...)
		before := b.pool.Stats()
		r, err := b.judge.Judge(t.Context(), sub, nil)
		var refused *api.Rejection
		switch {
		case errors.As(err, &refused) && refused.Submitted:
			r.Verdict = verdict.CompileError // as the queue has it
			if n := len(err.Error()); n > 512<<10 {
				rt.Errorf("a refusal of %d bytes", n)
			}
		case err != nil:
			rt.Fatalf("fault: %v", err)
		}
		seen[r.Verdict]++
		if !slices.Contains([]verdict.Code{verdict.Accepted, verdict.WrongAnswer, verdict.CompileError, verdict.RunTimeError}, r.Verdict) {
			rt.Errorf("verdict %s %s: %+v %s", r.Verdict, r.Reason, r.Error, r.Compile.Log)
		}
		if after := b.pool.Stats(); after.Discarded != before.Discarded || after.Leases-before.Leases > 12 {
			rt.Errorf("%d containers leased, %d replaced", after.Leases-before.Leases, after.Discarded-before.Discarded)
		}
	})
	if seen[verdict.Accepted] == 0 || seen[verdict.CompileError] == 0 {
		t.Errorf("verdicts %v: the trees are not as various as they should be", seen)
	}
}
