// Package messagetest has messages for the tests of those who read them.
package messagetest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// BadMessages cannot be judged, whatever the worker. In each, what is wrong is the only thing that is.
var BadMessages = []struct {
	Name    string
	Payload string
	Who     message.Identity
	Class   verdict.Class
	Want    string // part of the error
}{
	{"empty", "", message.Identity{}, verdict.ClassProblem, "not JSON"},
	{"not JSON", "judge me", message.Identity{}, verdict.ClassProblem, "not JSON"},
	{"binary", "\x00\xff\xfe", message.Identity{}, verdict.ClassProblem, "not UTF-8"},
	{"cut off", `{"version":1,"id":"s1"`, message.Identity{}, verdict.ClassProblem, "not JSON"},
	{"two messages", Good() + Good(), message.Identity{}, verdict.ClassProblem, "not JSON"},
	{"list", `[]`, message.Identity{}, verdict.ClassProblem, "want an object"},
	{"null", `null`, message.Identity{}, verdict.ClassProblem, "field version is missing"},
	{"no version", Without("version"), s1, verdict.ClassProblem, "field version is missing"},
	{"next version", With("version", 2), s1, verdict.ClassProblem, "field version: got 2"},
	{"no id", Without("id"), message.Identity{Attempt: 1}, verdict.ClassProblem, "field id is missing"},
	{"id with two dots", With("id", "a.b.c"), message.Identity{Attempt: 1}, verdict.ClassProblem, "field id"},
	{"id with a wildcard", With("id", ">"), message.Identity{Attempt: 1}, verdict.ClassProblem, "field id"},
	{"id too long", With("id", strings.Repeat("x", 129)), message.Identity{Attempt: 1}, verdict.ClassProblem, "field id"},
	{"id is a number", With("id", 1), message.Identity{Attempt: 1}, verdict.ClassProblem, "field id: got JSON number"},
	{"no attempt", Without("attempt"), message.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt is missing"},
	{"attempt -1", With("attempt", -1), message.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got -1"},
	{"attempt 1.5", With("attempt", 1.5), message.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got JSON number"},
	{"attempt too large", With("attempt", 1e18), message.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt"},
	{"no problem", Without("problem"), s1, verdict.ClassProblem, "field problem is missing"},
	{"problem elsewhere", With("problem", "../etc"), s1, verdict.ClassProblem, "field problem"},
	{"problem with a slash", With("problem", "a/b"), s1, verdict.ClassProblem, "field problem"},
	{"language", With("language", "c\n"), s1, verdict.ClassLanguage, "field language"},
	{"language is a list", With("language", []string{"c"}), s1, verdict.ClassProblem, "field language: got JSON array"},
	{"entry point", With("entry_point", "../x"), s1, verdict.ClassProblem, "field entry_point"},
	{"time limit below zero", With("time_limit_us", -1), s1, verdict.ClassProblem, "field time_limit_us"},
	{"time limit of a day", With("time_limit_us", 86_400_000_000), s1, verdict.ClassProblem, "field time_limit_us"},
	{"keep what is not there", With("keep", []string{"core"}), s1, verdict.ClassProblem, `field keep[0]: "core" is not one of ["output"`},
	{"keep twice", With("keep", []string{"output", "output"}), s1, verdict.ClassProblem, `field keep[1]: "output" is named twice`},
	{"keep more than there is", With("keep", []string{"output", "output", "output", "output", "output"}), s1, verdict.ClassProblem, "field keep: got more than 4"},
	{"keep true", With("keep", true), s1, verdict.ClassProblem, "field keep: want a list"},
	{"attempt of a megabyte", strings.Replace(Good(), `"attempt":1`, `"attempt":`+strings.Repeat("9", 1<<20), 1), message.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got JSON number 999"},
	{"problem of a megabyte", With("problem", strings.Repeat("x", 1<<20)), s1, verdict.ClassProblem, "field problem"},
	{"no files", Without("files"), s1, verdict.ClassProblem, "field files is missing"},
	{"zero files", With("files", []any{}), s1, verdict.ClassProblem, "field files is missing or empty"},
	{"files is null", With("files", nil), s1, verdict.ClassProblem, "field files"},
	{"files is an object", With("files", map[string]string{"a": "b"}), s1, verdict.ClassProblem, "field files: want a list"},
	{"101 files", With("files", ManyFiles(101)), s1, verdict.ClassProblem, "more than 100 files"},
	{"file is a string", With("files", []string{"a.c"}), s1, verdict.ClassProblem, "field files[0]: got JSON string"},
	{"no name", File(""), s1, verdict.ClassProblem, "field files[0].name is missing"},
	{"name is a number", With("files", []any{map[string]any{"name": 1}}), s1, verdict.ClassProblem, "field files[0].name"},
	{"name -o", File("-o"), s1, verdict.ClassProblem, `"-o" starts with "-"`},
	{"name ../x", File("../x"), s1, verdict.ClassProblem, `starts with "."`},
	{"name ..", File(".."), s1, verdict.ClassProblem, `starts with "."`},
	{"name .", File("."), s1, verdict.ClassProblem, `starts with "."`},
	{"name .bashrc", File(".bashrc"), s1, verdict.ClassProblem, `starts with "."`},
	{"name a/", File("a/"), s1, verdict.ClassProblem, `an element is empty, in "a/"`},
	{"name a//b", File("a//b"), s1, verdict.ClassProblem, "an element is empty"},
	{"name a/../b", File("a/../b"), s1, verdict.ClassProblem, `starts with ".", in "a/../b"`},
	{"name /etc/passwd", File("/etc/passwd"), s1, verdict.ClassProblem, "an element is empty"},
	{"path too long", File(strings.Repeat("x/", 512) + "x"), s1, verdict.ClassProblem, "1025 bytes, want at most 1024"},
	{"file that is a directory", With("files", []any{named("a/b/c"), named("a")}), s1, verdict.ClassProblem, `files[0].name: "a/b/c" lies in "a", which is the file files[1]`},
	{"name a\\b", File(`a\b`), s1, verdict.ClassProblem, `has a "\"`},
	{"name with NUL", File("a\x00.c"), s1, verdict.ClassProblem, "control character"},
	{"name with newline", File("a\n.c"), s1, verdict.ClassProblem, "control character"},
	{"name with escape", File("a\x1b[2J.c"), s1, verdict.ClassProblem, "control character"},
	{"name with DEL", File("a\x7f.c"), s1, verdict.ClassProblem, "control character"},
	{"name that turns text round", File("a\u202e.c"), s1, verdict.ClassProblem, "control character"},
	{"name with space at the end", File("a.c "), s1, verdict.ClassProblem, "space"},
	{"name too long", File(strings.Repeat("x", 256)), s1, verdict.ClassProblem, "256 bytes"},
	{"same name twice", With("files", []any{named("a.c"), named("b.c"), named("a.c")}), s1, verdict.ClassProblem, `files[2].name: "a.c" is also the name of files[0]`},
	{"content not base64", With("files", []any{map[string]string{"name": "a.c", "content": "int main()"}}), s1, verdict.ClassProblem, "field files[0].content: not base64"},
	{"content and text", With("files", []any{map[string]string{"name": "a.c", "content": "eA==", "text": "x"}}), s1, verdict.ClassProblem, "both content and text"},
	{"problem digest too short", With("problem_digest", "abc"), s1, verdict.ClassProblem, "field problem_digest"},
	{"object is a string", With("files", []any{map[string]any{"name": "a.c", "object": "x"}}), s1, verdict.ClassProblem, "field files[0].object: got JSON string, want an object"},
	{"object without a name", Object("", 1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.name"},
	{"object with a long name", Object(strings.Repeat("x", 513), 1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.name"},
	{"object below zero", Object("x", -1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.bytes: got -1"},
	{"object too large", Object("x", 20<<20+1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.bytes"},
	{"object without a hash", Object("x", 1, ""), s1, verdict.ClassProblem, "field files[0].object.sha256"},
	{"object and text", With("files", []any{map[string]any{"name": "a.c", "text": "x", "object": map[string]any{"name": "x", "bytes": 1, "sha256": strings.Repeat("0", 64)}}}), s1, verdict.ClassProblem, "has content or text too"},
	{"objects too large together", With("files", []any{object("a.c", "x", 15<<20, strings.Repeat("0", 64)), object("b.c", "x", 15<<20, strings.Repeat("0", 64))}), s1, verdict.ClassProblem, "31457280 bytes altogether"},
	{"nested beyond reason", strings.Repeat("[", 100_000), message.Identity{}, verdict.ClassProblem, "not JSON"},
}

var s1 = message.Identity{ID: "s1", Attempt: 1}

func goodFields() map[string]any {
	return map[string]any{
		"version": 1, "id": "s1", "attempt": 1, "problem": "sum", "language": "cpp17", "files": []any{named("a.cpp")},
	}
}

func named(name string) map[string]string {
	return map[string]string{"name": name, "content": "aW50IG1haW4oKSB7fQ=="}
}

// Object is Good with one file that lies in an object store.
func Object(name string, size int, hash string) string {
	return With("files", []any{object("a.c", name, size, hash)})
}

func object(file, name string, size int, hash string) map[string]any {
	return map[string]any{"name": file, "object": map[string]any{"name": name, "bytes": size, "sha256": hash}}
}

// ManyFiles are n files of a message.
func ManyFiles(n int) []any {
	var files []any
	for i := range n {
		files = append(files, named(fmt.Sprint("f", i)))
	}
	return files
}

// Encode is v as JSON.
func Encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// Good is a message with nothing wrong.
func Good() string { return Encode(goodFields()) }

// With is Good with another value of a field.
func With(field string, value any) string {
	fields := goodFields()
	fields[field] = value
	return Encode(fields)
}

// Without is Good without a field.
func Without(field string) string {
	fields := goodFields()
	delete(fields, field)
	return Encode(fields)
}

// File is Good with one file of this name.
func File(name string) string { return With("files", []any{named(name)}) }
