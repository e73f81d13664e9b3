package judge

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
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

// An output that is too large for memory is checked like any other, by whatever checks it.
func TestOutputBeyondMemory(t *testing.T) {
	b := newBench(t, nil)
	const program = `#include <stdio.h>
int main(void) { int n; if (scanf("%d", &n) != 1) return 1; for (int i = 1; i <= 9000000; i++) printf("%d\n", i == n ? 0 : i); }`
	var answer strings.Builder
	for i := range 9_000_000 {
		fmt.Fprintln(&answer, i+1)
	}
	if sandbox.Bytes(answer.Len()) <= sandbox.SpillFrom {
		t.Fatal("the output is too small")
	}
	// Both ask whether the last two numbers are the right ones, of the output and of the answer.
	const look = `last() { tail -n 1 "$1"; }; [ "$(last OUTPUT)" = 9000000 ] && [ "$(last "$2")" = 9000000 ] && ! grep -qx 0 OUTPUT`
	for name, files := range map[string]map[string]string{
		"compared": {"problem.yaml": "name: Count\nlimits: {output: 100}\n"},
		"kattis": {
			"problem.yaml":               "name: Count\nlimits: {output: 100, validation_output: 100}\nvalidation: custom\n",
			"output_validators/check.sh": "#!/bin/sh\ncat > $3/all\n" + strings.ReplaceAll(look, "OUTPUT", "$3/all") + " && exit 42\nexit 43\n",
		},
	} {
		for _, wrong := range []bool{false, true} {
			in := map[bool]string{false: "0\n", true: "8999999\n"}[wrong]
			all := map[string]string{
				"data/secret/1.in": in, "data/secret/1.ans": answer.String(), ".timelimit": "20",
				"data/sample/1.in": in, "data/sample/1.ans": answer.String(),
			}
			maps.Copy(all, files)
			p := judgetest.Package(t, "count", all)
			r, err := b.judge.JudgeProblem(t.Context(), p, submission("s", "c", file("a.c", program)), nil)
			want := map[bool]verdict.Code{false: verdict.Accepted, true: verdict.WrongAnswer}[wrong]
			if err != nil || r.Verdict != want {
				t.Errorf("%s, wrong %v: JudgeProblem() = %s, %v, want %s: %+v", name, wrong, r.Verdict, err, want, r.Error)
			}
		}
	}
}
