package judge

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/judgetest"
)

// What a large output takes of the worker's memory is soon given back to the host.
func TestLargeOutputLeavesNoMemory(t *testing.T) {
	b := newBench(t, nil)
	text := strings.Repeat("123456789 abcdefgh\n", 1_500_000)
	p := judgetest.Package(t, "copy", map[string]string{
		"problem.yaml":      "name: Copy\nlimits: {output: 100, memory: 256}\n",
		"data/secret/1.in":  text,
		"data/secret/1.ans": text,
		".timelimit":        "10",
		"data/sample/1.in":  "1\n",
		"data/sample/1.ans": "1\n",
	})
	text = "" // memory that is not to count
	debug.FreeOSMemory()
	before := taken()
	sub := submission("s", "c", file("a.c",
		"#include <unistd.h>\nint main(){static char b[65536];int n;while((n=read(0,b,65536))>0)write(1,b,n);}"))
	if r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil); err != nil || r.Verdict != "AC" {
		t.Fatalf("JudgeProblem() = %s, %v, want AC", r.Verdict, err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for taken() > before+8<<20 {
		if time.Now().After(deadline) {
			t.Fatalf("%d MiB are taken, %d MiB before", taken()>>20, before>>20)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// taken is how much memory the heap has from the host, in bytes. The resident size would count what the race detector keeps.
func taken() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapSys - stats.HeapReleased
}
