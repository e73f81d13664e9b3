package checker_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/gaveloj/gavel/judge/checker"
)

// BenchmarkChecker runs a checker that does nothing on test data of several sizes, with lease and release.
func BenchmarkChecker(b *testing.B) {
	for name, size := range map[string]int{"small": 100, "1MB": 1 << 20, "50MB": 50 << 20} {
		b.Run(name, func(b *testing.B) {
			on := newBench(b)
			for _, path := range []string{on.input, on.answer} {
				if err := os.WriteFile(path, bytes.Repeat([]byte{'7'}, size), 0o644); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				sb, err := on.pool.Lease(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				v := checker.Program{Protocol: checker.ExitCode, Args: []string{"/bin/true"}}
				r, err := checker.Run(b.Context(), sb, v, on.open(b, checker.Invocation{Output: []byte("7\n")}))
				if err != nil || r.Decision != checker.Accepted {
					b.Fatalf("Run = %+v, %v", r, err)
				}
				on.pool.Release(sb)
			}
		})
	}
}
