package judge

import (
	"os"
	"testing"

	"github.com/gaveloj/gavel/judge/problem"
)

// Every language gets every verdict. Where a toolchain is missing, its submissions are passed over, unless every
// toolchain has to be there.
func TestPolyglot(t *testing.T) {
	if testing.Short() {
		t.Skip("judges 200 submissions")
	}
	b := newBench(t, func(c *Config) { c.ParallelTests = 1 })
	p, err := problem.Load("../testcases/polyglot")
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	defer p.Close()
	judged := 0
	_, err = b.judge.Verify(t.Context(), p, VerifyOptions{}, func(row VerifyRow) {
		switch {
		case row.Skipped && os.Getenv("GAVEL_TOOLCHAINS") != "all":
			t.Logf("%s: %v", row.Submission, row.Err)
		case !row.OK:
			t.Errorf("%s: %v, %v, %v", row.Submission, row.Report.Verdict, row.Complaints, row.Err)
		}
		judged++
	})
	if err != nil {
		t.Fatalf("Verify() = %v", err)
	}
	if judged < 200 {
		t.Errorf("%d submissions were judged, want 200", judged)
	}
}
