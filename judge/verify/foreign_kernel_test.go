package verify

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// TestForeignSamples judges a sample package in each layout of another system, as it is: all solutions keep their promises,
// and all inputs pass the validators.
func TestForeignSamples(t *testing.T) {
	b := judgetest.NewBench(t, "c", "cpp17", "cpp20", "cpp23", "python3")
	j, err := judge.New(judge.Config{Pool: b.Pool, Languages: b.Languages, StateDir: t.TempDir(), Worker: "test"})
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	for _, tt := range []struct {
		name     string
		format   problem.Format
		rows     string
		warnings []string
	}{
		{
			"factor", problem.Polygon,
			`solutions/crash.c RTE 0
solutions/downwards.cpp TLE 50
solutions/half.c WA 0
solutions/int.cpp WA 50
solutions/main.cpp AC 100
solutions/one.cpp WA 0
solutions/printed.cpp WA 0
solutions/root.py AC 100
solutions/sieve.cpp MLE 0`,
			[]string{"problem.xml:53: validators are run without --testset and --group"},
		},
		{
			"peaks", problem.CMS,
			`sol/half.cpp PAC 50
sol/peaks.py AC 100
sol/small.cpp WA 40
sol/solution.cpp AC 100`, nil,
		},
		{
			"pairs", problem.Sinol,
			`prog/par.cpp AC 100
prog/par2.py AC 100
prog/parb1.py WA 15
prog/pars1.cpp TLE 30`, nil,
		},
		{
			"sums", problem.LibraryChecker,
			`sol/correct.cpp AC
sol/int.cpp WA
sol/slow.cpp TLE
sol/small.cpp RTE`, nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := reader.Load(filepath.Join("../../testcases", tt.name), reader.Options{})
			if err != nil {
				t.Fatalf("Load() = %v", err)
			}
			var warnings []string
			for _, w := range p.Warnings {
				w.Remedy = ""
				warnings = append(warnings, w.String())
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" || p.Format != tt.format {
				t.Errorf("format %s, warnings %s", p.Format, diff)
			}
			var rows []string
			_, err = Package(t.Context(), j, p, Options{}, func(row Row) {
				if !row.OK {
					t.Errorf("%s: %v, %v, %v", row.Submission, row.Report.Verdict, row.Complaints, row.Err)
				}
				text := fmt.Sprintf("%s %s", row.Submission, row.Report.Verdict)
				if row.Report.Score != nil {
					text += fmt.Sprintf(" %v", *row.Report.Score)
				}
				rows = append(rows, text)
			})
			if err != nil {
				t.Fatalf("Package() = %v", err)
			}
			if diff := cmp.Diff(tt.rows, strings.Join(rows, "\n")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			data, err := CheckData(t.Context(), j, p, nil)
			if err != nil || len(data.Complaints) > 0 {
				t.Errorf("CheckData() = %+v, %v", data, err)
			}
		})
	}
}
