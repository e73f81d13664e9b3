package verify

import (
	"os"
	"testing"

	"github.com/gaveloj/gavel/judge/problem/reader"
)

// Every language gets every verdict.
func TestPolyglot(t *testing.T) {
	if os.Getenv("GAVEL_TOOLCHAINS") != "all" {
		t.Skip("takes every toolchain: make test-host")
	}
	j := newJudge(t)
	p, err := reader.Load("../../testcases/polyglot", reader.Options{})
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	defer p.Close()
	judged := 0
	_, err = Package(t.Context(), j, p, Options{}, func(row Row) {
		if !row.OK {
			t.Errorf("%s: %v, %v, %v", row.Submission, row.Report.Verdict, row.Complaints, row.Err)
		}
		judged++
	})
	if err != nil {
		t.Fatalf("Package() = %v", err)
	}
	if judged < 200 {
		t.Errorf("%d submissions were judged, want 200", judged)
	}
}
