package judge

import (
	"fmt"
	"testing"

	"github.com/gaveloj/gavel/judge/judgetest"
	"github.com/gaveloj/gavel/judge/verdict"
)

// What submissions may do with files is the package's to say, and what the formats say where it does not.
func TestFileWriting(t *testing.T) {
	b := newBench(t, nil)
	const (
		try     = "try:\n open('%s', 'w').write('x' * %d)\n print(2 * int(input()))\nexcept OSError: print('refused')\n"
		modern  = "problem_format_version: 2025-09\nname: Double\nuuid: 5ca6ba5b-9d8d-4b64-8f2d-3b2b1f7a2c11\n"
		draft   = "problem_format_version: 2023-07-draft\nname: Double\nuuid: 5ca6ba5b-9d8d-4b64-8f2d-3b2b1f7a2c11\n"
		legacy  = "name: Double\n"
		limits  = "limits: {time_limit: 2, memory: 64, output: 1}\n"
		allowed = "allow_file_writing: true\n"
		denied  = "allow_file_writing: false\n"
		small   = 5000
		large   = 3 << 20
	)
	for i, test := range []struct {
		name, yaml, path string
		size             int
		want             verdict.Code
		counts           bool // the file is part of the output
	}{
		{"legacy", legacy, "f", large, "AC", false},
		{"2025-09", modern, "f", small, "WA", false},
		{"2025-09, in /tmp", modern, "/tmp/f", small, "WA", false},
		{"2025-09, in /dev/shm", modern, "/dev/shm/f", small, "WA", false},
		{"2025-09, allowed", modern + allowed, "f", small, "AC", true},
		{"2025-09, allowed and too much", modern + allowed, "/tmp/f", large, "OLE", true},
		{"2025-09, denied", modern + denied, "f", small, "WA", false},
		{"draft", draft, "f", large, "AC", false},
		{"draft, denied", draft + denied, "f", small, "WA", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := judgetest.Package(t, fmt.Sprintf("double%d", i), map[string]string{
				"problem.yaml": test.yaml + limits, ".timelimit": "2\n",
				"data/sample/1.in": "1\n", "data/sample/1.ans": "2\n", "data/secret/2.in": "2\n", "data/secret/2.ans": "4\n",
				"submissions/accepted/a.py": "print(2 * int(input()))\n",
			})
			r, err := b.judge.JudgeProblem(t.Context(), p,
				submission(fmt.Sprint(i), "python3", file("a.py", fmt.Sprintf(try, test.path, test.size))), nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != test.want {
				t.Errorf("verdict %s %s, want %s; %+v", r.Verdict, r.Reason, test.want, r.Tests)
			}
			if counted := r.Tests[0].OutputBytes > 1000; counted != test.counts {
				t.Errorf("%d bytes of output, want the file among them: %t", r.Tests[0].OutputBytes, test.counts)
			}
		})
	}
}
