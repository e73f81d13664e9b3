package judge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
)

// keepsakes is a Keeper in memory.
type keepsakes struct {
	mu      sync.Mutex
	objects map[string][]byte // guarded by mu
}

func (s *keepsakes) Keep(_ context.Context, id, path string, a message.Artifact) message.Artifact {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects == nil {
		s.objects = map[string][]byte{}
	}
	sum := sha256.Sum256(a.Data)
	a.Object, a.SHA256 = id+":"+path+"/"+a.Name, hex.EncodeToString(sum[:])
	s.objects[a.Object] = bytes.Clone(a.Data)
	return a
}

func (s *keepsakes) text(a *message.Artifact) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a == nil {
		return "(none)"
	}
	return string(s.objects[a.Object])
}

// What a submission asks for is handed over in full, test by test, and nothing else.
func TestKeep(t *testing.T) {
	kept := &keepsakes{}
	b := newBenchWith(t, []string{"python3", "cpp17"}, func(c *Config) { c.Keeper = kept })
	p := writePackage(t, "double", double())
	for _, kinds := range [][]message.ArtifactKind{nil, {message.ArtifactOutput, message.ArtifactCompileLog}} {
		sub := submission("space.s1", "cpp17", file("a.cpp",
			"#include <cstdio>\n#warning beware\nint main() { int n; scanf(\"%d\", &n); printf(\"%d\", 2 * n); if (n == 50) fputs(\"big\", stderr); }"))
		sub.Keep = kinds
		r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
		if err != nil || r.Verdict != "AC" {
			t.Fatalf("JudgeProblem() = %s, %v, want AC", r.Verdict, err)
		}
		got := map[string]string{}
		for _, test := range append(r.Tests, TestReport{Name: "all", Artifacts: r.Artifacts}) {
			for _, a := range test.Artifacts {
				if a.Data != nil || a.Bytes != int64(len(kept.text(&a))) || a.Truncated {
					t.Errorf("artifact %+v", a)
				}
				got[test.Name+" "+a.Object] = kept.text(&a)
			}
		}
		want := map[string]string{}
		if kinds != nil {
			want = map[string]string{
				"sample/1 space.s1:space.s1.1/sample/1/output": "2", "secret/2 space.s1:space.s1.1/secret/2/output": "42",
				"secret/3 space.s1:space.s1.1/secret/3/output": "100", "secret/3 space.s1:space.s1.1/secret/3/stderr": "big",
				"all space.s1:space.s1.1/compile/log": r.Compile.Log,
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(r.Compile.Log, "beware") {
			t.Errorf("asked for %q (-want +got):\n%s", kinds, diff)
		}
	}
}

// Of each pass there is the output, and of the validator's files the last ones; conversations come in full.
func TestKeepOfPassesAndConversations(t *testing.T) {
	kept := &keepsakes{}
	b := newBenchWith(t, []string{"python3"}, func(c *Config) { c.Keeper = kept })
	passes := double()
	passes["problem.yaml"] = "problem_format_version: 2025-09\nname: Passes\nuuid: 5ca6ba5b-36d5-4eff-8aa7-d967cbc4375e\n" +
		"type: multi-pass\nallow_file_writing: true\nlimits:\n  time_limit: 1\n  memory: 64\n  validation_passes: 3\n"
	delete(passes, ".timelimit")
	passes["output_validator/validate.py"] = "import sys\nfrom pathlib import Path\nfeedback = Path(sys.argv[3])\n" +
		"n = int(open(sys.argv[1]).read())\n(feedback / 'note.txt').write_text(str(n))\n" +
		"if n == 1: (feedback / 'nextpass.in').write_text('7')\nsys.exit(42)\n"
	// The interactor writes more than fits into the report.
	talks := talking("for i in range(2000): print(i, 'x' * 30, flush=True)\nsys.exit(42)\n")
	for name, tt := range map[string]struct {
		p      *problem.Problem
		source string
		keep   []message.ArtifactKind
		test   string
		want   map[string]string // "" is not looked at
	}{
		"passes": {
			writePackage(t, "double", passes), "print('got', input())", message.ArtifactKinds(), "sample/1",
			map[string]string{"output": "got 1\n", "output.2": "got 7\n", "note.txt": "7"},
		},
		"feedback alone": {
			writePackage(t, "double", passes), "print('got', input())",
			[]message.ArtifactKind{message.ArtifactFeedback},
			"sample/1",
			map[string]string{"note.txt": "7"},
		},
		"conversation": {
			writePackage(t, "talking", talks), "import sys\nsys.stderr.write('e')\nfor line in sys.stdin: pass", message.ArtifactKinds(), "secret/1",
			map[string]string{"transcript": "", "stderr": "e"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sub := submission("s1", "python3", file("a.py", tt.source))
			sub.Keep = tt.keep
			r, err := b.judge.JudgeProblem(t.Context(), tt.p, sub, nil)
			if err != nil || r.Verdict != "AC" {
				t.Fatalf("JudgeProblem() = %s %+v, %v, want AC", r.Verdict, r.Tests, err)
			}
			got := map[string]string{}
			for _, test := range r.Tests {
				for _, a := range test.Artifacts {
					if test.Name != tt.test {
						continue
					}
					got[a.Name] = kept.text(&a)
					if a.Kind == message.ArtifactTranscript {
						if !strings.HasPrefix(got[a.Name], "[") || len(got[a.Name]) < 1000 || !a.Truncated {
							t.Errorf("transcript of %d bytes, truncated %v", len(got[a.Name]), a.Truncated)
						}
						got[a.Name] = ""
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("files of %s (-want +got):\n%s", tt.test, diff)
			}
		})
	}
}

// What is beyond the bound is left out, and said; a smaller file may still fit.
func TestKeepIsBounded(t *testing.T) {
	kept := &keepsakes{}
	var k keeping
	k.begin(kept, "s1", "s1.1", 2*maxRunKept/256) // 2 MiB
	file := func(n int) message.Artifact { return message.Artifact{Name: "output", Data: make([]byte, n)} }
	var parallel sync.WaitGroup
	var mu sync.Mutex
	errors := map[string]int{}
	for range 8 {
		parallel.Go(func() {
			a := k.keep(t.Context(), "1", file(1<<20))
			mu.Lock()
			defer mu.Unlock()
			errors[a.Error]++
			if a.Bytes != 1<<20 || a.Data != nil {
				t.Errorf("artifact %+v", a)
			}
		})
	}
	parallel.Wait()
	if errors["left out: more than 2 MiB altogether"] < 6 || errors[""] > 2 || k.used.Load() > 2<<20 {
		t.Errorf("errors %v, %d bytes kept", errors, k.used.Load())
	}
	if a := k.keep(t.Context(), "1", file(2<<20-int(k.used.Load()))); a.Error != "" {
		t.Errorf("a file that fits: %q", a.Error)
	}
}
