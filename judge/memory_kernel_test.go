package judge

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/judgetest"
)

// What a large output takes of the worker's memory is soon given back to the host.
func TestLargeOutputLeavesNoMemory(t *testing.T) {
	b := newBench(t, nil)
	const lines = 6_000_000
	var text bytes.Buffer
	for i := range lines {
		fmt.Fprintln(&text, i)
	}
	p := judgetest.Package(t, "copy", map[string]string{
		"problem.yaml":      "name: Copy\nlimits: {output: 100, memory: 256}\n",
		"data/secret/1.in":  text.String(),
		"data/secret/1.ans": text.String(),
		".timelimit":        "10",
		"data/sample/1.in":  "1\n",
		"data/sample/1.ans": "1\n",
	})
	text = bytes.Buffer{} // memory that is not to count
	debug.FreeOSMemory()
	before := resident(t)
	sub := submission("s", "c", file("a.c",
		"#include <unistd.h>\nint main(){static char b[65536];int n;while((n=read(0,b,65536))>0)write(1,b,n);}"))
	if r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil); err != nil || r.Verdict != "AC" {
		t.Fatalf("JudgeProblem() = %s, %v, want AC", r.Verdict, err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for resident(t) > before+24<<10 {
		if time.Now().After(deadline) {
			t.Fatalf("%d KiB are resident, %d KiB before", resident(t), before)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// resident is how much memory of this process is resident, in KiB.
func resident(t *testing.T) (kib int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(text, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}
