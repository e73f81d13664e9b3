package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/verdict"
)

// badMessages cannot be judged, whatever the worker. In each, what is wrong is the only thing that is.
var badMessages = []struct {
	name    string
	payload string
	who     identity
	class   verdict.Class
	want    string // part of the error
}{
	{"empty", "", identity{}, verdict.ClassProblem, "not JSON"},
	{"not JSON", "judge me", identity{}, verdict.ClassProblem, "not JSON"},
	{"binary", "\x00\xff\xfe", identity{}, verdict.ClassProblem, "not UTF-8"},
	{"cut off", `{"version":1,"id":"s1"`, identity{}, verdict.ClassProblem, "not JSON"},
	{"two messages", good() + good(), identity{}, verdict.ClassProblem, "not JSON"},
	{"list", `[]`, identity{}, verdict.ClassProblem, "want an object"},
	{"null", `null`, identity{}, verdict.ClassProblem, "field version is missing"},
	{"no version", without("version"), s1, verdict.ClassProblem, "field version is missing"},
	{"next version", with("version", 2), s1, verdict.ClassProblem, "field version: got 2"},
	{"no id", without("id"), identity{Attempt: 1}, verdict.ClassProblem, "field id is missing"},
	{"id with a dot", with("id", "a.b"), identity{Attempt: 1}, verdict.ClassProblem, "field id"},
	{"id with a wildcard", with("id", ">"), identity{Attempt: 1}, verdict.ClassProblem, "field id"},
	{"id too long", with("id", strings.Repeat("x", 129)), identity{Attempt: 1}, verdict.ClassProblem, "field id"},
	{"id is a number", with("id", 1), identity{Attempt: 1}, verdict.ClassProblem, "field id: got JSON number"},
	{"no attempt", without("attempt"), identity{ID: "s1"}, verdict.ClassProblem, "field attempt is missing"},
	{"attempt -1", with("attempt", -1), identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got -1"},
	{"attempt 1.5", with("attempt", 1.5), identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got JSON number"},
	{"attempt too large", with("attempt", 1e18), identity{ID: "s1"}, verdict.ClassProblem, "field attempt"},
	{"no problem", without("problem"), s1, verdict.ClassProblem, "field problem is missing"},
	{"problem elsewhere", with("problem", "../etc"), s1, verdict.ClassProblem, "field problem"},
	{"problem with a slash", with("problem", "a/b"), s1, verdict.ClassProblem, "field problem"},
	{"language", with("language", "c\n"), s1, verdict.ClassLanguage, "field language"},
	{"language is a list", with("language", []string{"c"}), s1, verdict.ClassProblem, "field language: got JSON array"},
	{"entry point", with("entry_point", "../x"), s1, verdict.ClassProblem, "field entry_point"},
	{"time limit below zero", with("time_limit_us", -1), s1, verdict.ClassProblem, "field time_limit_us"},
	{"time limit of a day", with("time_limit_us", 86_400_000_000), s1, verdict.ClassProblem, "field time_limit_us"},
	{"attempt of a megabyte", strings.Replace(good(), `"attempt":1`, `"attempt":`+strings.Repeat("9", 1<<20), 1), identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got JSON number 999"},
	{"problem of a megabyte", with("problem", strings.Repeat("x", 1<<20)), s1, verdict.ClassProblem, "field problem"},
	{"no files", without("files"), s1, verdict.ClassProblem, "field files is missing"},
	{"zero files", with("files", []any{}), s1, verdict.ClassProblem, "field files is missing or empty"},
	{"files is null", with("files", nil), s1, verdict.ClassProblem, "field files"},
	{"files is an object", with("files", map[string]string{"a": "b"}), s1, verdict.ClassProblem, "field files: want a list"},
	{"101 files", with("files", manyFiles(101)), s1, verdict.ClassProblem, "more than 100 files"},
	{"file is a string", with("files", []string{"a.c"}), s1, verdict.ClassProblem, "field files[0]: got JSON string"},
	{"no name", file(""), s1, verdict.ClassProblem, "field files[0].name is missing"},
	{"name is a number", with("files", []any{map[string]any{"name": 1}}), s1, verdict.ClassProblem, "field files[0].name"},
	{"name -o", file("-o"), s1, verdict.ClassProblem, `"-o" starts with "-"`},
	{"name ../x", file("../x"), s1, verdict.ClassProblem, `starts with "."`},
	{"name ..", file(".."), s1, verdict.ClassProblem, `starts with "."`},
	{"name .", file("."), s1, verdict.ClassProblem, `starts with "."`},
	{"name .bashrc", file(".bashrc"), s1, verdict.ClassProblem, `starts with "."`},
	{"name a/", file("a/"), s1, verdict.ClassProblem, `an element is empty, in "a/"`},
	{"name a//b", file("a//b"), s1, verdict.ClassProblem, "an element is empty"},
	{"name a/../b", file("a/../b"), s1, verdict.ClassProblem, `starts with ".", in "a/../b"`},
	{"name /etc/passwd", file("/etc/passwd"), s1, verdict.ClassProblem, "an element is empty"},
	{"path too long", file(strings.Repeat("x/", 512) + "x"), s1, verdict.ClassProblem, "1025 bytes, want at most 1024"},
	{"file that is a directory", with("files", []any{named("a/b/c"), named("a")}), s1, verdict.ClassProblem, `files[0].name: "a/b/c" lies in "a", which is the file files[1]`},
	{"name a\\b", file(`a\b`), s1, verdict.ClassProblem, `has a "\"`},
	{"name with NUL", file("a\x00.c"), s1, verdict.ClassProblem, "control character"},
	{"name with newline", file("a\n.c"), s1, verdict.ClassProblem, "control character"},
	{"name with escape", file("a\x1b[2J.c"), s1, verdict.ClassProblem, "control character"},
	{"name with DEL", file("a\x7f.c"), s1, verdict.ClassProblem, "control character"},
	{"name that turns text round", file("a\u202e.c"), s1, verdict.ClassProblem, "control character"},
	{"name with space at the end", file("a.c "), s1, verdict.ClassProblem, "space"},
	{"name too long", file(strings.Repeat("x", 256)), s1, verdict.ClassProblem, "256 bytes"},
	{"same name twice", with("files", []any{named("a.c"), named("b.c"), named("a.c")}), s1, verdict.ClassProblem, `files[2].name: "a.c" is also the name of files[0]`},
	{"content not base64", with("files", []any{map[string]string{"name": "a.c", "content": "int main()"}}), s1, verdict.ClassProblem, "field files[0].content: not base64"},
	{"content and text", with("files", []any{map[string]string{"name": "a.c", "content": "eA==", "text": "x"}}), s1, verdict.ClassProblem, "both content and text"},
	{"nested beyond reason", strings.Repeat("[", 100_000), identity{}, verdict.ClassProblem, "not JSON"},
}

var s1 = identity{ID: "s1", Attempt: 1}

func goodFields() map[string]any {
	return map[string]any{
		"version": 1, "id": "s1", "attempt": 1, "problem": "sum", "language": "cpp17", "files": []any{named("a.cpp")},
	}
}

func named(name string) map[string]string {
	return map[string]string{"name": name, "content": "aW50IG1haW4oKSB7fQ=="}
}

func manyFiles(n int) []any {
	var files []any
	for i := range n {
		files = append(files, named(fmt.Sprint("f", i)))
	}
	return files
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func good() string { return encode(goodFields()) }

func with(field string, value any) string {
	fields := goodFields()
	fields[field] = value
	return encode(fields)
}

func without(field string) string {
	fields := goodFields()
	delete(fields, field)
	return encode(fields)
}

func file(name string) string { return with("files", []any{named(name)}) }

func TestDecodeRefuses(t *testing.T) {
	for _, test := range badMessages {
		t.Run(test.name, func(t *testing.T) {
			s, who, err := decode([]byte(test.payload))
			if err == nil {
				t.Fatal("decode = nil error")
			}
			if who != test.who {
				t.Errorf("identity %+v, want %+v", who, test.who)
			}
			var rejection *judge.Rejection
			if !errors.As(err, &rejection) || !errors.Is(err, judge.ErrRejected) || rejection.Class != test.class {
				t.Errorf("error %v (%T), want a rejection of class %s", err, err, test.class)
			}
			if len(s.Files) > 0 || len(s.Problem) > 128 || len(s.Language) > 32 {
				t.Errorf("decode = %.500v, want nothing that cannot be repeated", s)
			}
			if !strings.Contains(err.Error(), test.want) || len(err.Error()) > 400 {
				t.Errorf("error %q, want %q in it", err, test.want)
			}
		})
	}
}

func TestDecodeTakes(t *testing.T) {
	full := judge.Submission{
		Version: 1, ID: "S-1_x", Attempt: 7, Problem: "a.b-c_1", Language: "c++20", EntryPoint: "Main",
		Files:         []judge.SourceFile{{Name: "Main.java", Text: "class Main {}"}, {Name: "решение 2.py"}},
		TimeLimitUsec: 1, AllTests: true,
	}
	least := judge.Submission{Version: 1, ID: "1", Attempt: 1, Problem: "1", Files: []judge.SourceFile{{Name: "a"}}}
	for name, want := range map[string]judge.Submission{"full": full, "least": least} {
		got, who, err := decode([]byte(encode(want)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (who != identity{want.ID, want.Attempt}) {
			t.Errorf("%s: identity %+v", name, who)
		}
	}
	if _, _, err := decode([]byte(with("contest", "icpc-2025"))); err != nil {
		t.Errorf("a field of the platform's own: %v", err)
	}
}

// Every bad message ends as a dead letter with all its bytes, and as a judge error where it is known to whom; and the
// worker goes on.
func TestWorkerRefusesBadMessages(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.Slots = 2
	start(t, conn, cfg, accept)
	submitWhenReady(t, conn, submission("first"))
	verdicts := uint64(2) // first and last
	for i, test := range badMessages {
		payload := test.payload
		if test.who == s1 { // a verdict of its own for each
			payload = strings.Replace(payload, `"id":"s1"`, fmt.Sprintf(`"id":"bad%d"`, i), 1)
		}
		publish(t, conn, []byte(payload))
		if !test.who.known() {
			continue
		}
		verdicts++
		t.Run(test.name, func(t *testing.T) {
			id := fmt.Sprint("bad", i)
			got := waitVerdict(t, conn, id)
			if got.Verdict != verdict.JudgeError || got.Error == nil || got.Error.Class != test.class ||
				!strings.Contains(got.Error.Message, test.want) {
				t.Errorf("verdict %s, error %+v, want JE %s %q", got.Verdict, got.Error, test.class, test.want)
			}
			letter := deadLetter(t, conn, id)
			if !bytes.Equal(letter.Payload, []byte(payload)) || letter.Truncated || letter.Reason != got.Error.Message {
				t.Errorf("dead letter has %d bytes and reason %q, want %d and %q",
					len(letter.Payload), letter.Reason, len(payload), got.Error.Message)
			}
		})
	}
	submit(t, conn, submission("last"))
	waitVerdict(t, conn, "last")
	emptied(t, conn)
	wantCount(t, conn, StreamVerdicts, verdicts)
	wantCount(t, conn, StreamDead, uint64(len(badMessages)))
	nobody := deadLetter(t, conn, "")
	if nobody.Submission != "" || nobody.Reason == "" {
		t.Errorf("dead letter of nobody: %+v", nobody)
	}
}

func TestValidateRefusesTooMuchSource(t *testing.T) {
	s := submission("s1")
	half := strings.Repeat("x", MaxSourceBytes/2)
	s.Files = []judge.SourceFile{{Name: "a.c", Text: half}, {Name: "b.c", Content: []byte(half)}}
	if err := Validate(s); err != nil {
		t.Errorf("Validate of all that is allowed = %v", err)
	}
	s.Files[0].Text += "x"
	if err := Validate(s); !errors.Is(err, judge.ErrRejected) || !strings.Contains(err.Error(), "20971521 bytes altogether") {
		t.Errorf("Validate = %v, want a rejection with the size", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(good()))
	for _, test := range badMessages {
		if len(test.payload) < 1<<12 {
			f.Add([]byte(test.payload))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, who, err := decode(payload)
		if err != nil {
			if !errors.Is(err, judge.ErrRejected) {
				t.Errorf("error %v is not a rejection", err)
			}
			return
		}
		if !who.known() || who.ID != s.ID || who.Attempt != s.Attempt {
			t.Errorf("identity %+v of %+v", who, s)
		}
		if slices.ContainsFunc(s.Files, func(f judge.SourceFile) bool {
			return f.Name == "" || strings.ContainsAny(f.Name, "/\x00") || strings.HasPrefix(f.Name, ".")
		}) {
			t.Errorf("file names %+v", s.Files)
		}
		again, _, err := decode([]byte(encode(s)))
		if err != nil || !cmp.Equal(s, again, cmpopts.EquateEmpty()) {
			t.Errorf("encoded and decoded again: %v\n%s", err, cmp.Diff(s, again))
		}
	})
}
