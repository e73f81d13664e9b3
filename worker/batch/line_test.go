package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
)

// goodBatchLines are lines with nothing wrong, in a directory that has a.c, 1.txt and 1.ans.
var goodBatchLines = []string{
	`{"files":["a.c"]}`,
	`{"id":"p17","files":["a.c"],"language":"c","inputs":["1.txt",{"text":"5"}],"args":["x"],"env":{"A":"=b"},` +
		`"limits":{"cpu":"300ms","memory":"64MiB","output":"1MiB"},"expect":{"file":"1.ans","compare":"tokens"},"keep":["out.txt"]}`,
	`{"id":"a/b c:1.txt","files":["a.c"],"entry_point":"","inputs":[],"limits":{"cpu":1.5,"wall":4,"memory":67108864}}`,
	`{"files":["a.c"],"inputs":[{"content":"/w==","name":"bytes"},{"file":"1.txt"}],"expect":["1.ans",null]}`,
	`{"files":["a.c"],"inputs":[{"text":""}],"expect":{"text":""}}`,
}

// badBatchLines are lines that cannot be run. Those that are marked a schema cannot refuse.
var badBatchLines = []struct {
	line, want string
	beyond     bool
}{
	{`not json`, "invalid character", true},
	{`{"files":["a.c"]} {}`, "more behind the object", true},
	{`["a.c"]`, "got JSON array", false},
	{`{"id":"x"}`, "field files is missing or empty", false},
	{`{"files":[]}`, "field files is missing or empty", false},
	{`{"files":"a.c"}`, "field files: got JSON string", false},
	{`{"files":["a.c"],"input":["1.txt"]}`, `unknown field "input"`, false},
	{`{"files":["a.c"],"inputs":"1.txt"}`, "field inputs: got JSON string", false},
	{`{"files":["a.c"],"inputs":[{}]}`, "want the name of a file, or one of file, text and content", false},
	{`{"files":["a.c"],"inputs":[{"text":"1","file":"1.txt"}]}`, "want the name of a file, or one of", false},
	{`{"files":["a.c"],"inputs":[{"txt":"1"}]}`, `unknown field "txt"`, false},
	{`{"files":["a.c"],"inputs":[{"text":"1","compare":"tokens"}]}`, "compare goes with expect", false},
	{`{"files":["a.c"],"inputs":["none.txt"]}`, "field inputs[0]: open", true},
	{`{"files":["a.c"],"inputs":["."]}`, "is not a regular file", true},
	{`{"files":["none.c"]}`, "none.c: no such file", true},
	{`{"files":["a.c"],"expect":[null,null]}`, "field expect: got 2 for 0 inputs", true},
	{`{"files":["a.c"],"expect":{"text":"1","name":"x"}}`, "only inputs have a name", false},
	{`{"files":["a.c"],"inputs":["1.txt","1.txt"],"expect":[{"text":"1","compare":"lines"},{"text":"1","compare":"tokens"}]}`, "one compare for all", true},
	{`{"files":["a.c"],"expect":"none.ans"}`, "field expect: open", true},
	{`{"files":["a.c"],"limits":{"cpu":"soon"}}`, `"soon" is not a length of time`, false},
	{`{"files":["a.c"],"limits":{"cpu":-1}}`, "is not a length of time", false},
	{`{"files":["a.c"],"limits":{"memory":"1KiB"}}`, "field limits.memory_bytes: got 1024", true},
	{`{"files":["a.c"],"limits":{"time":1}}`, `unknown field "time"`, false},
	{`{"files":["a.c"],"env":{"A=B":""}}`, "field env", false},
	{`{"files":["a.c"],"keep":["../x"]}`, "field collect[0]", true},
	{`{"files":["a.c"],"id":"` + strings.Repeat("x", 257) + `"}`, "field id: 257 bytes", false},
	{`{"files":["a.c"],"inputs":[` + strings.Repeat(`"1.txt",`, 100) + `"1.txt"]}`, "field inputs: got 101, want at most 100", false},
	{"{\"files\":[\"a.c\"],\"args\":[\"\xff\"]}", "not UTF-8", true},
}

// batchDir is a directory for lines.
func batchDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.c": "int main(void) { return 0; }\n", "1.txt": "1\n", "1.ans": "2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func builtInTable(t *testing.T) *language.Table {
	t.Helper()
	table, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The schema and the reader take and refuse the same lines, as far as a schema can tell.
func TestBatchSchemaAgreesWithReader(t *testing.T) {
	t.Parallel()
	s, dir, table := schematest.Schema(t, "batch.json"), batchDir(t), builtInTable(t)
	for _, text := range goodBatchLines {
		line := parseLine(1, []byte(text))
		if _, err := line.request(dir, table, api.RunRequest{Version: 1}); err != nil {
			t.Errorf("refuses %s: %v", text, err)
		}
		if err := schematest.Validate(s, []byte(text)); err != nil {
			t.Errorf("the schema refuses %s: %v", text, err)
		}
	}
	for _, test := range badBatchLines {
		line := parseLine(1, []byte(test.line))
		_, err := line.request(dir, table, api.RunRequest{Version: 1})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.80s: error %v, want %q on one line", test.line, err, test.want)
		}
		if test.beyond {
			continue
		}
		if !json.Valid([]byte(test.line)) || schematest.Validate(s, []byte(test.line)) == nil {
			t.Errorf("the schema takes what is refused: %.80s", test.line)
		}
	}
}

func TestBatchLineRequest(t *testing.T) {
	t.Parallel()
	line := parseLine(7, []byte(goodBatchLines[1]))
	defaults := api.RunRequest{
		Version: 1, InlineBytes: 5, Limits: api.RunLimits{CPUUsec: 1, WallUsec: 2, Memory: 3, Output: 4},
	}
	got, err := line.request(batchDir(t), builtInTable(t), defaults)
	expect := &api.RunExpected{Content: []byte("2\n")}
	want := api.RunRequest{
		Version: 1, Language: "c", InlineBytes: 5, Args: []string{"x"}, Env: map[string]string{"A": "=b"}, Compare: "tokens",
		Files:   []api.SourceFile{{Name: "a.c", Content: []byte("int main(void) { return 0; }\n")}},
		Inputs:  []api.RunInput{{Name: "1.txt", Content: []byte("1\n"), Expect: expect}, {Content: []byte("5"), Expect: expect}},
		Limits:  api.RunLimits{CPUUsec: 300_000, Memory: 64 << 20, Output: 1 << 20},
		Collect: []string{"out.txt"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("request (-want +got): %v\n%s", err, diff)
	}
	if plain := parseLine(7, []byte(goodBatchLines[0])); plain.ID != "7" {
		t.Errorf("a line without an ID has %q", plain.ID)
	}
}

// What is no line takes nothing from the lines beside it.
func TestBatchSource(t *testing.T) {
	t.Parallel()
	text := `{"id":"a","files":["a.c"]}` + "\n\n  \r\n" + `{"id":"` + strings.Repeat("x", maxLine) + `"}` + "\n" +
		`{"id":"a","files":["b.c"]}` + "\nnonsense\n" + `{"id":"b","files":["c.c"]}`
	s := newSource(io.NopCloser(strings.NewReader(text)), ".")
	var got []string
	for {
		line, err := s.next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		says := ""
		if line.err != nil {
			says, _, _ = strings.Cut(line.err.Error(), ":")
		}
		got = append(got, fmt.Sprintf("%d %s %s", line.number, line.ID, says))
	}
	want := []string{"1 a ", "4  it is longer than 32.0 MiB", "5  field id", "6  no line of a batch (configs/schemas/batch.json)", "7 b "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func FuzzBatchLine(f *testing.F) {
	for _, line := range goodBatchLines {
		f.Add([]byte(line))
	}
	for _, test := range badBatchLines {
		f.Add([]byte(test.line))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		line := parseLine(1, text)
		r := newLineResult(line, api.RunResult{}, line.err)
		if line.err != nil && (r.Error == nil || r.Error.Class != api.RunHost && r.Error.Message == "") {
			t.Errorf("%q: %v becomes %+v", text, line.err, r.Error)
		}
		data, err := json.Marshal(r)
		if err != nil || bytes.ContainsRune(data, '\n') {
			t.Errorf("%q: result %q, %v", text, data, err)
		}
	})
}
