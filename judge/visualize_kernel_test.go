package judge

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/judgetest"
)

// Pictures come where they are asked for, and what a visualizer does changes no verdict.
func TestPictures(t *testing.T) {
	b := newBenchWith(t, []string{"python3"}, nil)
	files := scored("import sys\nopen(sys.argv[3] + 'note.txt', 'w').write('n')\nsys.exit(42)\n", accepts)
	files["output_visualizer/draw.py"] = "import sys\nassert open(sys.argv[3] + 'note.txt').read() == 'n'\n" +
		"open(sys.argv[3] + 'teamimage.svg', 'w').write(sys.stdin.read())\n" +
		"if open(sys.argv[1]).read() == '2\\n': sys.exit(1)\n"
	p := judgetest.Package(t, "double", files)
	for _, asked := range []bool{true, false} {
		sub := submission("s", "python3", file("a.py", "print(1)"))
		if asked {
			sub.Keep = []api.ArtifactKind{api.ArtifactFeedback}
		}
		r, err := b.judge.JudgeProblem(t.Context(), p, sub, nil)
		if err != nil || r.Verdict != "AC" {
			t.Fatalf("JudgeProblem() = %s, %v, want AC", r.Verdict, err)
		}
		got := map[string][]string{}
		for _, test := range r.Tests {
			for _, a := range test.Artifacts {
				got[test.Name] = append(got[test.Name], a.Name)
			}
		}
		want := map[string][]string{}
		if asked {
			both := []string{"note.txt", "teamimage.svg"}
			want = map[string][]string{
				"sample/1": both, "secret/1": both, "secret/3": both,
				"secret/2": append(both, "output_visualizer.txt"),
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("artifacts, asked %v (-want +got):\n%s", asked, diff)
		}
	}
}
