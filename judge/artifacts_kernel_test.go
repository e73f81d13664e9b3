package judge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/problem"
)

// keepsakes is a Keeper in memory.
type keepsakes struct {
	mu      sync.Mutex
	objects map[string][]byte // guarded by mu
}

func (s *keepsakes) Keep(_ context.Context, id, path string, a api.Artifact) api.Artifact {
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

func (s *keepsakes) text(a *api.Artifact) string {
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
	p := judgetest.Package(t, "double", judgetest.Double())
	for _, kinds := range [][]api.ArtifactKind{nil, {api.ArtifactOutput, api.ArtifactCompileLog}} {
		sub := submission("space.s1", "cpp17", file("a.cpp",
			"#include <cstdio>\n#warning beware\nint main() { int n; scanf(\"%d\", &n); printf(\"%d\", 2 * n); if (n == 50) fputs(\"big\", stderr); }"))
		sub.Keep = kinds
		r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
		if err != nil || r.Verdict != "AC" {
			t.Fatalf("JudgeProblem() = %s, %v, want AC", r.Verdict, err)
		}
		got := map[string]string{}
		for _, test := range append(r.Tests, api.TestReport{Name: "all", Artifacts: r.Artifacts}) {
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

// A program learns from /proc neither where it was compiled to nor where its test data lie. Of mounts the kernel tells which
// directory of a file system they are of, so that /prepared names that of the languages.
func TestProgramFindsNoPath(t *testing.T) {
	kept := &keepsakes{}
	var state string
	b := newBenchWith(t, []string{"c", "python3", "java"}, func(c *Config) { c.Keeper, state = kept, c.StateDir })
	p := judgetest.Package(t, "paths", map[string]string{
		"problem.yaml": "problem_format_version: 2025-09\nname: Paths\nuuid: 0\nlimits: {time_limit: 2}\n", "data/secret/1.in": "1\n", "data/secret/1.ans": "1\n",
	})
	for id, source := range map[string]api.SourceFile{
		"c": file("a.c", `#include <stdio.h>
#include <unistd.h>
static void show(const char *name)
{
	char line[8192];
	FILE *f = fopen(name, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		printf("%s: %s", name, line);
}
int main(void)
{
	char exe[4096] = "";
	readlink("/proc/self/exe", exe, sizeof exe - 1);
	printf("exe %s\n", exe);
	show("/proc/self/maps");
	show("/proc/self/mountinfo");
	show("/proc/mounts");
	show("/proc/self/environ");
}`),
		"python3": file("a.py", `import os
print("exe", os.readlink("/proc/self/exe"))
for name in "maps", "mountinfo", "mounts", "environ":
    print(name, open("/proc/self/" + name).read())
for fd in os.listdir("/proc/self/fd"):
    try: print("fd", os.readlink("/proc/self/fd/" + fd))
    except OSError: pass`),
		"java": file("Main.java", `import java.nio.file.*;
public class Main {
	public static void main(String[] args) throws Exception {
		System.out.println("exe " + Files.readSymbolicLink(Path.of("/proc/self/exe")));
		for (String name : new String[] {"maps", "mountinfo", "mounts", "environ"})
			System.out.println(name + " " + Files.readString(Path.of("/proc/self/" + name)));
	}
}`),
	} {
		sub := submission("space."+id, id, source)
		sub.Keep = []api.ArtifactKind{api.ArtifactOutput}
		r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
		if err != nil || r.Verdict != "WA" {
			t.Fatalf("%s: JudgeProblem() = %+v, %v, want WA", id, r, err)
		}
		text := kept.objects["space."+id+":space."+id+".1/secret/1/output"]
		if !bytes.Contains(text, []byte("exe /")) || !bytes.Contains(text, []byte(" /prepared ")) {
			t.Fatalf("%s printed %q", id, text)
		}
		for line := range bytes.Lines(text) {
			if bytes.Contains(line, []byte(" /prepared ")) {
				continue
			}
			if name := filepath.Base(filepath.Dir(state)); bytes.Contains(line, []byte(name)) || bytes.Contains(line, []byte("artifacts")) {
				t.Errorf("%s found a path of the host in %q", id, line) // test data lie below that name too
			}
		}
	}
}

// Of each pass there is the output, and of the validator's files the last ones; conversations come in full.
func TestKeepOfPassesAndConversations(t *testing.T) {
	kept := &keepsakes{}
	b := newBenchWith(t, []string{"python3"}, func(c *Config) { c.Keeper = kept })
	passes := judgetest.Double()
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
		keep   []api.ArtifactKind
		test   string
		want   map[string]string // "" is not looked at
	}{
		"passes": {
			judgetest.Package(t, "double", passes), "print('got', input())", api.ArtifactKinds(), "sample/1",
			map[string]string{"output": "got 1\n", "output.2": "got 7\n", "note.txt": "7"},
		},
		"feedback alone": {
			judgetest.Package(t, "double", passes), "print('got', input())",
			[]api.ArtifactKind{api.ArtifactFeedback},
			"sample/1",
			map[string]string{"note.txt": "7"},
		},
		"conversation": {
			judgetest.Package(t, "talking", talks), "import sys\nsys.stderr.write('e')\nfor line in sys.stdin: pass", api.ArtifactKinds(), "secret/1",
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
					if a.Kind == api.ArtifactTranscript {
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
	k := artifactSink{to: kept, id: "s1", path: "s1.1", most: 2 * maxRunKept / 256} // 2 MiB
	file := func(n int) api.Artifact { return api.Artifact{Name: "output", Data: make([]byte, n)} }
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
