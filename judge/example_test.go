package judge_test

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"
	"testing"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem/reader"
	_ "github.com/gaveloj/gavel/sandbox/container/hook" // lets this process play the first one of a container
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// A Judge turns a submission and a problem package into a report.
func Example() {
	ctx := context.Background()
	state, err := os.MkdirTemp("", "judge-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(state)
	table, err := language.Load("") // the one in the binary: configs/languages.yaml
	if err != nil {
		log.Fatal(err)
	}
	toolchains, err := language.Open(language.Config{Table: table, StateDir: state})
	if err != nil {
		log.Fatal(err)
	}
	containers, err := pool.New(ctx, pool.Config{Slots: 1, Mounts: toolchains.Mounts()})
	if err != nil {
		log.Fatal(err)
	}
	defer containers.Close()
	j, err := judge.New(judge.Config{Pool: containers, Languages: toolchains, StateDir: state})
	if err != nil {
		log.Fatal(err)
	}
	defer j.Close()
	stairs, err := reader.Load("../testcases/stairs", reader.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer stairs.Close()

	const source = "n = int(input())\na = b = 1\nfor _ in range(n):\n    a, b = b, a + b\nprint('Ways', a)\n" // without the modulus
	report, err := j.JudgeProblem(ctx, stairs, api.Submission{
		Version: 1, ID: "1", Attempt: 1, Problem: "stairs", Files: []api.SourceFile{{Name: "stairs.py", Text: source}},
	}, nil)
	if err != nil {
		log.Fatal(err) // of the host or the package; whatever the submission did is in the report
	}
	fmt.Printf("%s, %s, %g points\n", report.Language, report.Verdict, *report.Score)
	for _, group := range report.Groups {
		fmt.Printf("%s: %s, %g points\n", cmp.Or(group.Name, "all"), group.Verdict, *group.Score)
	}
	// Prints:
	//
	//	python3, AC, 30 points
	//	all: AC, 30 points
	//	sample: AC, 0 points
	//	secret: AC, 30 points
	//	secret/1small: AC, 30 points
	//	secret/2medium: WA, 0 points
	//	secret/3large: RTE, 0 points
}

func TestExample(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.RequireToolchain(t, sandboxtest.Program("python3"))
	sandboxtest.NoLeaks(t)
	sandboxtest.Example(t, Example, `python3, AC, 30 points
all: AC, 30 points
sample: AC, 0 points
secret: AC, 30 points
secret/1small: AC, 30 points
secret/2medium: WA, 0 points
secret/3large: RTE, 0 points
`)
}
