package examples

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// FuzzExampleFile reads any bytes as submissions.yaml and submissions.json: what they say is applied, or told of.
func FuzzExampleFile(f *testing.F) {
	for _, s := range []string{
		"", "accepted/*: {permitted: [AC], secret/*: {score: [0, 1]}}", "accepted: {use_for_time_limit: lower}",
		"'{a,b': {}", "accepted/a.py: {language: c, entrypoint: x, authors: [{name: x}]}", "a: &a {b: *a}", "? {}\n: x",
		`{"accepted/a.py": {"language_id": "kt"}}`, "accepted: {secret/1: {message: é, required: [TLE]}}", "<<: {accepted: {}}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{tree.ExampleFile: text, tree.DetailsFile: text, "submissions/accepted/a.py": nil} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		tree, err := tree.Scan(dir, new(issue.Findings))
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []problem.Format{problem.F2025, problem.Legacy} {
			p := &problem.Problem{Format: format, Kind: problem.Kind{Scoring: true}, Tests: []*problem.Test{{Name: "secret/1"}}, Tree: tree}
			Read(p, false, new(issue.Findings))
			got, err := p.Submissions()
			if len(got) != 1 || (format == problem.Legacy && err != nil) {
				t.Fatalf("%d submissions, %v, want the one that is there", len(got), err)
			}
			got[0].Expected.Check(problem.Judged{Verdict: wa, Cases: []problem.JudgedCase{{Name: "secret/1", Verdict: wa}}})
		}
	})
}
