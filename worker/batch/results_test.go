package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/exit"
)

// Every end of a line is a result that follows the schema, and says whether it is worth another try.
func TestBatchResults(t *testing.T) {
	t.Parallel()
	schema := schematest.Schema(t, "batch-result.json")
	good := api.RunResult{
		Version: 1, ID: "r", Worker: "w", Language: "c", Status: "OK",
		Runs: []api.Run{{Name: "1", Status: "WA", Message: "no", Files: []api.RunFile{{Name: "x", Missing: "there is no such file"}}}},
	}
	for _, test := range []struct {
		name  string
		err   error
		class api.RunClass
		retry bool
	}{
		{"a result", nil, "", false},
		{"refused here", api.Refuse("", errors.New("field files: no")), api.RunRefused, false},
		{"a file that is not there", exit.Usage(os.ErrNotExist), api.RunRefused, false},
		{"no such language", api.Refuse(verdict.ClassLanguage, errors.New("no cobol")), api.RunLanguage, false},
		{"refused by a worker", fmt.Errorf("run: %w", &api.RunError{Class: api.RunLanguage, Message: "no"}), api.RunLanguage, false},
		{"busy", fmt.Errorf("%w: %w", client.ErrBusy, &api.RunError{Class: api.RunBusy, Message: "all"}), api.RunBusy, true},
		{"no worker", fmt.Errorf("%w", client.ErrBusy), api.RunBusy, true},
		{"the worker's fault", &api.RunError{Class: api.RunHost, Message: "disk"}, api.RunHost, true},
		{"this host's fault", errors.New("no\nspace"), api.RunHost, true},
	} {
		r := newLineResult(line{ID: "p17", number: 3}, good, test.err)
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := schematest.Validate(schema, data); err != nil {
			t.Errorf("%s: %s: %v", test.name, data, err)
		}
		var class api.RunClass
		if r.Error != nil {
			class = r.Error.Class
		}
		if class != test.class || r.Retry != test.retry || r.ID != "p17" || r.Line != 3 || (len(r.Runs) > 0) != (test.err == nil) {
			t.Errorf("%s: %s, want class %q, retry %v", test.name, data, test.class, test.retry)
		}
	}
}

// What --resume finds stays, but for what is to be had again and what an end in the middle has left.
func TestBatchResume(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "results.jsonl")
	const kept = `{"line":1,"id":"a","status":"OK","runs":[{"status":"OK"}]}` + "\n" + `{"line":3,"id":"c","status":"CE"}` + "\n"
	const text = `{"line":1,"id":"a","status":"OK","runs":[{"status":"OK"}]}` + "\n" + `{"line":2,"id":"b","retry":true,"error":{"class":"host","message":"x"}}` + "\n" +
		`{"line":3,"id":"c","status":"CE"}` + "\n" + `{"line":4,"error":{"class":"refused","message":"x"}}` + "\n" + `{"line":5,"id":"e","sta`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openResults(path, false, nil); err == nil || exit.CodeOf(err) != exit.BadRequest || !strings.Contains(err.Error(), "--resume goes on with it") {
		t.Errorf("without --resume: %v", err)
	}
	r, err := openResults(path, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"a": true, "c": true}, r.done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"OK": 1, "CE": 1}, r.earlier.statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if _, err := openResults(path, true, nil); err == nil || !strings.Contains(err.Error(), "written to by another batch") {
		t.Errorf("a second one: %v", err)
	}
	if err := errors.Join(r.write(lineResult{Line: 2}), r.close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if want := kept + `{"line":2,`; err != nil || !strings.HasPrefix(string(data), want) || strings.Count(string(data), "\n") != 3 {
		t.Errorf("the file has\n%s%v, want\n%s", data, err, want)
	}
	if err := os.WriteFile(path, []byte("something else\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openResults(path, true, nil); err == nil || !strings.Contains(err.Error(), "no result of a batch") {
		t.Errorf("a file of something else: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "something else\n" {
		t.Errorf("it has become %q, %v", data, err)
	}
}

func TestMatrixAnswers(t *testing.T) {
	t.Parallel()
	inputs := []string{"i/1.txt", "i/2.txt"}
	got, err := answersByName(inputs, []string{"o/2.ans", "o/1.ans"}, true)
	if diff := cmp.Diff(map[string]string{"i/1.txt": "o/1.ans", "i/2.txt": "o/2.ans"}, got); diff != "" || err != nil {
		t.Errorf("answers: %v (-want +got)\n%s", err, diff)
	}
	if _, err := answersByName(inputs, []string{"o/1.ans"}, true); err == nil || !strings.Contains(err.Error(), "i/2.txt has no expected output") {
		t.Errorf("a missing answer: %v", err)
	}
	if _, err := answersByName(inputs, []string{"o/1.ans", "o/1.out", "o/2.ans"}, true); err == nil || !strings.Contains(err.Error(), "could both be") {
		t.Errorf("two answers: %v", err)
	}
	if got := shortNames([]string{"a/x", "b/x"}); got[0] != "a/x" || got[1] != "b/x" {
		t.Errorf("names of two that are called x: %v", got)
	}
}
