package judge

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// AnswersLanguage stands for the language in reports of submit-answer problems, whose submissions are no programs.
const AnswersLanguage = "answers"

// answers is a submission to a submit-answer problem: the outputs for the test cases, as files or in one zip archive.
//
// A file is for the test case whose name it has, with .out or .ans after it: the path below data ("secret/01.out"),
// or the end of it ("01.out"), with any directories before it. One that could be for several test cases is for the
// one in secret.
type answers struct {
	byTest map[string]answer // by name of the test case
	// strays are files that are for no test case.
	strays []string
}

// answer is one submitted output.
type answer struct {
	name string
	open func() (io.ReadCloser, error)
	rank int // how well the name fits; lower is better
}

// openAnswers looks at submitted files. What cannot be read at all is told in words.
func openAnswers(files []sandbox.File, tests []*problem.Test) (answers, string) {
	found := plainAnswers(files)
	if len(files) == 1 && strings.EqualFold(path.Ext(files[0].Path), ".zip") {
		r, err := zip.NewReader(bytes.NewReader(files[0].Data), int64(len(files[0].Data)))
		if err != nil {
			return answers{}, fmt.Sprintf("%s is no readable zip archive: %v", files[0].Path, err)
		}
		found = zippedAnswers(r)
	}
	a := answers{byTest: map[string]answer{}}
	names := testsByBase(tests)
	for _, f := range found {
		test, rank := answeredTest(f.name, names)
		if test == "" {
			a.strays = append(a.strays, f.name)
			continue
		}
		f.rank = rank
		if old, ok := a.byTest[test]; !ok || f.rank < old.rank || f.rank == old.rank && f.name < old.name {
			a.byTest[test] = f
		}
	}
	return a, ""
}

func plainAnswers(files []sandbox.File) []answer {
	found := make([]answer, len(files))
	for i, f := range files {
		found[i] = answer{name: f.Path, open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(f.Data)), nil
		}}
	}
	return found
}

// zippedAnswers lists the files of an archive. Nothing is unpacked before it is needed, and nothing is written.
func zippedAnswers(r *zip.Reader) []answer {
	var found []answer
	for _, f := range r.File {
		if f.Mode().IsRegular() {
			found = append(found, answer{name: strings.ReplaceAll(f.Name, `\`, "/"), open: f.Open})
		}
	}
	return found
}

// testsByBase lists the names of test cases under the last element of each.
func testsByBase(tests []*problem.Test) map[string][]string {
	names := map[string][]string{}
	for _, t := range tests {
		names[path.Base(t.Name)] = append(names[path.Base(t.Name)], t.Name)
	}
	return names
}

// The ranks of names; .ans ranks one behind .out.
const (
	rankPath = 2 * iota // the whole name of the test case
	rankEnd             // the end of it
)

// answeredTest finds the test case that a file is for; "" when there is none, or no single one.
func answeredTest(file string, names map[string][]string) (test string, rank int) {
	switch path.Ext(file) {
	case ".out":
	case ".ans":
		rank = 1
	default:
		return "", 0
	}
	stem := path.Clean(strings.TrimSuffix(file, path.Ext(file)))
	candidates := names[path.Base(stem)]
	for _, name := range candidates {
		if stem == name || strings.HasSuffix(stem, "/"+name) {
			return name, rank + rankPath
		}
	}
	for _, among := range [][]string{inSecret(candidates), candidates} {
		fit := slices.DeleteFunc(slices.Clone(among), func(name string) bool { return !endsAlike(name, stem) })
		if len(fit) == 1 {
			return fit[0], rank + rankEnd
		}
	}
	return "", 0
}

func inSecret(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, "secret/") })
}

// endsAlike says whether a file can be for a test case: when the directories that both have are the same, from the
// end. Directories before those of the test case do not matter.
func endsAlike(name, stem string) bool {
	return strings.HasSuffix(name, "/"+stem) || !strings.Contains(stem, "/")
}

// unused names the files that are for no test case, so that a misspelt name shows; "" when there are none.
func (a answers) unused() string {
	if len(a.strays) == 0 {
		return ""
	}
	const most = 20
	return fmt.Sprintf("files for no test case (%d): %.1000q", len(a.strays), a.strays[:min(len(a.strays), most)])
}

// judgeAnswer asks the checker about the submitted output of test i. Nothing is run.
func (r *runner) judgeAnswer(ctx context.Context, i int) (*testResult, error) {
	name := r.problem.Tests[i].Name
	a, ok := r.answers.byTest[name]
	if !ok {
		return noAnswer(name, "there is no answer for this test case"), nil
	}
	output, err := a.read(r.limits.Output)
	if errors.Is(err, errAnswerTooLong) {
		return &testResult{TestReport: api.TestReport{
			Name: name, Verdict: verdict.OutputLimitExceeded, Flags: []string{"output"}, OutputBytes: int64(len(output)),
			JudgeMessage: fmt.Sprintf("%q is longer than %d bytes", a.name, r.limits.Output),
		}}, nil
	}
	if err != nil {
		return noAnswer(name, fmt.Sprintf("%q cannot be unpacked: %v", a.name, err)), nil
	}
	checked, err := r.check(ctx, pass{test: r.problem.Tests[i], number: 1}, output)
	if err != nil {
		return nil, fmt.Errorf("check answer to test %s: %w", name, err)
	}
	d, err := classify.Decision{}.WithChecker(checked)
	if err != nil {
		return nil, err
	}
	facts := classify.Facts{Result: sandbox.Result{OutputBytes: sandbox.Bytes(len(output))}}
	return r.checkedResult(name, facts, d, checked), nil
}

var errAnswerTooLong = errors.New("answer is too long")

// read unpacks an answer, up to a byte more than the limit.
func (a answer) read(limit sandbox.Bytes) ([]byte, error) {
	r, err := a.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	output, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && int64(len(output)) > int64(limit) {
		err = errAnswerTooLong
	}
	return output, err
}
