package reader_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// complete is a legacy package of which there is nothing to say.
func complete() files {
	return sound().with(files{
		"problem.yaml":                    "name: Sum\nuuid: 1\nlicense: cc0\nauthor: A\n",
		"problem_statement/problem.en.md": "Add.\n",
		"submissions/accepted/a.py":       "print(1)\n",
	})
}

// advice lists the warnings of a package as its author sees them.
func advice(t *testing.T, dir string) []string {
	t.Helper()
	p, err := reader.Load(dir, reader.Options{Verify: true})
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	var all []string
	for _, w := range p.Warnings {
		all = append(all, w.String())
	}
	return all
}

func TestAdvice(t *testing.T) {
	modern := "problem_format_version: 2025-09\nname: Sum\nuuid: 1\nlicense: cc0\ncredits: A\n"
	tests := map[string]struct {
		change files
		want   string // part of the only warning; "" for none
	}{
		"complete":             {nil, ""},
		"cr lf":                {files{"data/secret/1.in": "1\n2\r\n"}, "data/secret/1.in:2: line ends with CR LF; write LF alone"},
		"cr lf twice":          {files{"data/secret/1.in": "1 2\r\n", "data/secret/1.ans": "3\r\n"}, "data/secret/1.ans:1: line ends with CR LF (in 1 more file as well)"},
		"cr alone":             {files{"data/secret/1.in": "1\r2\n"}, ""},
		"no newline":           {files{"data/secret/1.in": "1\n2"}, "data/secret/1.in:2: last line does not end with a newline"},
		"empty":                {files{"data/secret/1.in": "", "data/secret/1.ans": ""}, ""},
		"answer for validator": {files{"data/secret/1.ans": "3", "problem.yaml": complete()["problem.yaml"] + "validation: custom\n", "output_validators/v.py": ""}, ""},
		"latin-1":              {files{"data/secret/1.in": "1\ncaf\xe9\n"}, "data/secret/1.in:2: is no UTF-8"},
		"cut character":        {files{"data/secret/1.ans": "1\ncaf\xc3", "problem.yaml": complete()["problem.yaml"] + "validation: custom\n", "output_validators/v.py": ""}, "data/secret/1.ans:2: is no UTF-8"},
		"utf-8":                {files{"data/secret/1.in": "é\uFFFD∀𝄞\n"}, ""},
		"binary":               {files{"data/secret/1.in": "\x00\xff\r\n\xfe"}, ""},
		"equal":                {files{"data/secret/2.in": "1 2\n", "data/secret/2.ans": "3\n"}, "data/secret/2.in: is equal to data/secret/1.in; remove"},
		"equal, other answer":  {files{"data/secret/2.in": "1 2\n", "data/secret/2.ans": "4\n"}, "is equal to data/secret/1.in, and their answers are not"},
		"equal thrice": {
			files{"data/secret/2.in": "1 2\n", "data/secret/2.ans": "3\n", "data/secret/g/3.in": "1 2\n", "data/secret/g/3.ans": "3\n"},
			"data/secret/2.in: is equal to data/secret/1.in (1 more input is equal to another)",
		},
		"sample among the secret": {files{"data/secret/2.in": "0 0\n", "data/secret/2.ans": "0\n"}, ""},
		"shared by groups": {files{
			"problem.yaml":     complete()["problem.yaml"] + "type: scoring\n",
			"data/secret/1.in": "-", "data/secret/1.ans": "-",
			"data/secret/a/1.in": "1 2\n", "data/secret/a/1.ans": "3\n", "data/secret/b/1.in": "1 2\n", "data/secret/b/1.ans": "3\n",
		}, ""},
		"order":          {files{"data/secret/10.in": "5 5\n", "data/secret/10.ans": "10\n", "data/secret/9.in": "1 8\n", "data/secret/9.ans": "9\n"}, "data/secret: 10 is judged before 9"},
		"padded":         {files{"data/secret/10.in": "5 5\n", "data/secret/10.ans": "10\n", "data/secret/09.in": "1 8\n", "data/secret/09.ans": "9\n", "data/secret/1.in": "-", "data/secret/1.ans": "-"}, ""},
		"large answer":   {files{"problem.yaml": complete()["problem.yaml"] + "limits: {output: 1}\n", "data/secret/1.ans": strings.Repeat("3\n", 300_000)}, "data/secret/1.ans: has 600000 bytes, more than half of the output limit of 1048576; raise the output limit, now 1 MiB"},
		"no samples":     {files{"data/sample/01.in": "-", "data/sample/01.ans": "-"}, "data/sample: there are no samples"},
		"interaction":    {files{"data/sample/01.in": "-", "data/sample/01.ans": "-", "data/sample/01.interaction": "<1\n>2\n"}, ""},
		"none accepted":  {files{"submissions/accepted/a.py": "-", "submissions/wrong_answer/a.py": "x"}, "submissions: there is no submission that must be accepted"},
		"attachments":    {files{"attachments/a/b.txt": "x"}, "attachments/a: is a directory"},
		"attached file":  {files{"attachments/b.txt": "x"}, ""},
		"bare":           {files{"problem.yaml": "name: x\n"}, "problem.yaml: has no license, no uuid, no author; add"},
		"rights owner":   {files{"problem.yaml": "name: x\nuuid: 1\nlicense: CC BY-SA\nrights_owner: A\n"}, ""},
		"public domain":  {files{"problem.yaml": "name: x\nuuid: 1\nlicense: public domain\n"}, ""},
		"odd license":    {files{"problem.yaml": "name: x\nuuid: 1\nauthor: A\nlicense: mine\n"}, `problem.yaml:4: license "mine" is not known; use public domain, cc0,`},
		"icpc":           {files{"problem.yaml": "problem_format_version: legacy-icpc\nname: x\n"}, ""},
		"modern":         {files{"problem.yaml": modern, "statement/problem.en.md": "x", "problem_statement/problem.en.md": "-"}, ""},
		"modern, bare":   {files{"problem.yaml": "problem_format_version: 2025-09\nname: x\nuuid: 1\nlicense: unknown\n"}, "problem.yaml: has no license, no credits"},
		"no statement":   {files{"problem_statement/problem.en.md": "-"}, "problem_statement: there is no statement; add it as problem_statement/problem.en.tex or .md"},
		"pdf at the top": {files{"problem_statement/problem.en.md": "-", "problem.pdf": "x"}, ""},
		"two":            {files{"problem_statement/problem.tex": "x"}, "problem_statement/problem.tex: is a statement in language en, as problem_statement/problem.en.md is"},
		"two languages":  {files{"problem_statement/problem.sv.md": "x"}, ""},
		"pdf beside tex": {files{"problem_statement/problem.en.pdf": "x"}, ""},
		"no name":        {files{"problem.yaml": "uuid: 1\nlicense: cc0\nauthor: A\n", "problem_statement/problem.sv.tex": "x"}, `problem_statement/problem.sv.tex: has no name of the problem`},
		"name in tex":    {files{"problem.yaml": "uuid: 1\nlicense: cc0\nauthor: A\n", "problem_statement/problem.sv.tex": `\problemname{x}`}, ""},
		"name of none": {
			files{"problem.yaml": strings.Replace(modern, "Sum", "{en: Sum}", 1), "problem_statement/problem.sv.md": "x"},
			"problem.yaml:2: has no name in language sv, in which problem_statement/problem.sv.md is",
		},
		"image":       {files{"problem_statement/problem.en.md": "![x](a.png) ![y](https://x.example/b.png) `![z](c.png)`\n```\n![](d.png)\n```\n"}, "shows the image a.png, which is not there"},
		"image there": {files{"problem_statement/problem.en.md": "![x](a%20b.png)", "problem_statement/a b.png": "x"}, ""},
		"figure":      {files{"problem_statement/problem.sv.tex": "% \\includegraphics{old}\n\\includegraphics[width=1cm]{new} \\includegraphics{#1}"}, "shows the image new, which is not there"},
		"figure there": {files{
			"problem_statement/problem.sv.tex": "\\includegraphics{new}\\illustration{0.3}{old.png}{Text}", "problem_statement/new.pdf": "x", "problem_statement/old.png": "x",
		}, ""},
		"domjudge": {files{"problem.yaml": "name: x\n", "domjudge-problem.ini": "timelimit=1\n", "problem_statement/problem.en.md": "-"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := advice(t, complete().with(tt.change).write(t))
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("warnings %q, want none", got)
			case tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)):
				t.Errorf("warnings %q, want one with %q", got, tt.want)
			}
		})
	}
}

// TestAdviceOnRequest: who judges is told nothing that no verdict depends on.
func TestAdviceOnRequest(t *testing.T) {
	dir := complete().with(files{"data/secret/1.in": "1\r\n", "problem.yaml": "name: x\n"}).write(t)
	if p := load(t, dir); len(p.Warnings) > 0 {
		t.Errorf("warnings %v, want none without Options.Verify", p.Warnings)
	}
	with, err := reader.Load(dir, reader.Options{Verify: true})
	if p := load(t, dir); err != nil || with.Digest != p.Digest {
		t.Errorf("Load() = %v, %v; want the same digest with Options.Verify", with, err)
	}
}

// TestDefects: what concerns single test cases leaves the others to be judged; anything else does not.
func TestDefects(t *testing.T) {
	broken := complete().with(files{"data/secret/lonely.in": "1\n", "data/secret/lost.ans": "1\n"})
	dir := broken.write(t)
	must(t, os.Symlink("/etc/hostname", filepath.Join(dir, "data", "secret", "out.in")))
	p, err := reader.Load(dir, reader.Options{Verify: true})
	if err != nil {
		t.Fatalf("Load() = %v, want the sound rest", err)
	}
	var names, told []string
	for _, test := range p.Tests {
		names = append(names, test.Name)
	}
	for _, i := range p.Defects.Issues {
		told = append(told, i.File)
	}
	slices.Sort(told)
	if diff := cmp.Diff([]string{"sample/01", "secret/1"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"data/secret/lonely.in", "data/secret/lost.ans", "data/secret/out.in"}, told); diff != "" {
		t.Error(diff)
	}
	if _, err := reader.Load(dir, reader.Options{}); err == nil {
		t.Error("without Options.Verify, the package is accepted")
	}
	worse := broken.with(files{"problem.yaml": "name: x\nvalidation: custom\n"}) // and no validator
	if _, err := reader.Load(worse.write(t), reader.Options{Verify: true}); err == nil {
		t.Error("a package without its validator is accepted")
	}
	none := files{"problem.yaml": "name: x\n", "data/secret/1.in": "1\n"}
	if _, err := reader.Load(none.write(t), reader.Options{Verify: true}); err == nil {
		t.Error("a package without any sound test case is accepted")
	}
}

// TestUnknownDirectory: a submission of which nothing is known is never as expected.
func TestUnknownDirectory(t *testing.T) {
	tests := map[string]struct {
		change files
		want   string
	}{
		"acepted":       {files{"submissions/acepted/a.py": "x"}, "did you mean accepted?"},
		"wrong-answers": {files{"submissions/wrong-answers/a.py": "x"}, "did you mean wrong_answer?"},
		"Accepted":      {files{"submissions/Accepted/a.py": "x"}, "did you mean accepted?"},
		"other":         {files{"submissions/other/a.py": "x"}, "move it to accepted"},
		"tagged":        {files{"submissions/other/a.py": "# @EXPECTED_RESULTS@: WRONG-ANSWER\n"}, "got AC, must get WA"},
		"mixed":         {files{"submissions/mixed/a.py": "x"}, ""},
		"listed": {files{
			"problem.yaml": "problem_format_version: 2025-09\nname: x\nuuid: 1\n", "submissions/other/a.py": "x",
			"submissions/submissions.yaml": "other: {authors: A}\n",
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			subs, err := load(t, sound().with(tt.change).write(t)).Submissions()
			if err != nil || len(subs) != 1 {
				t.Fatalf("Submissions() = %v, %v", subs, err)
			}
			got := strings.Join(subs[0].Expected.Check(problem.Judged{Verdict: "AC"}), "; ")
			if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("Check(AC) = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestKeepTests(t *testing.T) {
	f := pairs("sample/1", "secret/a/1", "secret/a/2", "secret/b/1").with(files{"problem.yaml": "name: x\n"})
	dir := f.write(t)
	for pattern, want := range map[string][]string{
		"secret/a": {"secret/a/1", "secret/a/2"}, "1": {"sample/1", "secret/a/1", "secret/b/1"}, "data/secret/b/1.in": {"secret/b/1"},
		"{a,b}/2": nil, "secret/*/2": {"secret/a/2"}, "sample": {"sample/1"},
	} {
		p := load(t, dir)
		n, err := p.KeepTests(pattern)
		if err != nil || n != len(want) {
			t.Errorf("KeepTests(%q) = %d, %v, want %d", pattern, n, err, len(want))
		}
		var names []string
		for _, test := range p.Tests {
			names = append(names, test.Name)
		}
		if diff := cmp.Diff(want, names); n > 0 && diff != "" {
			t.Errorf("KeepTests(%q): %s", pattern, diff)
		}
	}
	if _, err := load(t, dir).KeepTests("[a]"); err == nil {
		t.Error("KeepTests([a]) accepts a pattern with brackets")
	}
}
