// Package apitest has messages for the tests of those who read them.
package apitest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// BadMessages cannot be judged, whatever the worker. In each, what is wrong is the only thing that is.
var BadMessages = []struct {
	Name    string
	Payload string
	Who     api.Identity
	Class   verdict.Class
	Want    string // part of the error
	// Submitted says that it is the contestant's own doing: a compile error.
	Submitted bool
}{
	{"empty", "", api.Identity{}, verdict.ClassProblem, "not JSON", false},
	{"not JSON", "judge me", api.Identity{}, verdict.ClassProblem, "not JSON", false},
	{"binary", "\x00\xff\xfe", api.Identity{}, verdict.ClassProblem, "not UTF-8", false},
	{"cut off", `{"version":1,"id":"s1"`, api.Identity{}, verdict.ClassProblem, "not JSON", false},
	{"two messages", Good() + Good(), api.Identity{}, verdict.ClassProblem, "not JSON", false},
	{"list", `[]`, api.Identity{}, verdict.ClassProblem, "want an object", false},
	{"null", `null`, api.Identity{}, verdict.ClassProblem, "field version is missing", false},
	{"no version", Without("version"), s1, verdict.ClassProblem, "field version is missing", false},
	{"next version", With("version", 2), s1, verdict.ClassProblem, "field version: got 2", false},
	{"no id", Without("id"), api.Identity{Attempt: 1}, verdict.ClassProblem, "field id is missing", false},
	{"id with two dots", With("id", "a.b.c"), api.Identity{Attempt: 1}, verdict.ClassProblem, "field id", false},
	{"id with a wildcard", With("id", ">"), api.Identity{Attempt: 1}, verdict.ClassProblem, "field id", false},
	{"id too long", With("id", strings.Repeat("x", 129)), api.Identity{Attempt: 1}, verdict.ClassProblem, "field id", false},
	{"id is a number", With("id", 1), api.Identity{Attempt: 1}, verdict.ClassProblem, "field id: got JSON number", false},
	{"no attempt", Without("attempt"), api.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt is missing", false},
	{"attempt -1", With("attempt", -1), api.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got -1", false},
	{"attempt 1.5", With("attempt", 1.5), api.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got JSON number", false},
	{"attempt too large", With("attempt", 1e18), api.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt", false},
	{"no problem", Without("problem"), s1, verdict.ClassProblem, "field problem is missing", false},
	{"problem elsewhere", With("problem", "../etc"), s1, verdict.ClassProblem, "field problem", false},
	{"problem with a slash", With("problem", "a/b"), s1, verdict.ClassProblem, "field problem", false},
	{"language", With("language", "c\n"), s1, verdict.ClassLanguage, "field language", false},
	{"language is a list", With("language", []string{"c"}), s1, verdict.ClassProblem, "field language: got JSON array", false},
	{"entry point", With("entry_point", "../x"), s1, verdict.ClassProblem, "field entry_point", true},
	{"time limit below zero", With("time_limit_us", -1), s1, verdict.ClassProblem, "field time_limit_us", false},
	{"time limit of a day", With("time_limit_us", 86_400_000_000), s1, verdict.ClassProblem, "field time_limit_us", false},
	{"keep what is not there", With("keep", []string{"core"}), s1, verdict.ClassProblem, `field keep[0]: "core" is not one of ["output"`, false},
	{"keep twice", With("keep", []string{"output", "output"}), s1, verdict.ClassProblem, `field keep[1]: "output" is named twice`, false},
	{"keep more than there is", With("keep", []string{"output", "output", "output", "output", "output"}), s1, verdict.ClassProblem, "field keep: got more than 4", false},
	{"keep true", With("keep", true), s1, verdict.ClassProblem, "field keep: want a list", false},
	{"attempt of a megabyte", strings.Replace(Good(), `"attempt":1`, `"attempt":`+strings.Repeat("9", 1<<20), 1), api.Identity{ID: "s1"}, verdict.ClassProblem, "field attempt: got JSON number 999", false},
	{"problem of a megabyte", With("problem", strings.Repeat("x", 1<<20)), s1, verdict.ClassProblem, "field problem", false},
	{"no files", Without("files"), s1, verdict.ClassProblem, "field files is missing", true},
	{"zero files", With("files", []any{}), s1, verdict.ClassProblem, "field files is missing or empty", true},
	{"files is null", With("files", nil), s1, verdict.ClassProblem, "field files", true},
	{"files is an object", With("files", map[string]string{"a": "b"}), s1, verdict.ClassProblem, "field files: want a list", false},
	{"101 files", With("files", ManyFiles(101)), s1, verdict.ClassProblem, "more than 100 files", true},
	{"file is a string", With("files", []string{"a.c"}), s1, verdict.ClassProblem, "field files[0]: got JSON string", false},
	{"no name", File(""), s1, verdict.ClassProblem, "field files[0].name is missing", true},
	{"name is a number", With("files", []any{map[string]any{"name": 1}}), s1, verdict.ClassProblem, "field files[0].name", false},
	{"name -o", File("-o"), s1, verdict.ClassProblem, `"-o" starts with "-"`, true},
	{"name ../x", File("../x"), s1, verdict.ClassProblem, `starts with "."`, true},
	{"name ..", File(".."), s1, verdict.ClassProblem, `starts with "."`, true},
	{"name .", File("."), s1, verdict.ClassProblem, `starts with "."`, true},
	{"name .bashrc", File(".bashrc"), s1, verdict.ClassProblem, `starts with "."`, true},
	{"name a/", File("a/"), s1, verdict.ClassProblem, `an element is empty, in "a/"`, true},
	{"name a//b", File("a//b"), s1, verdict.ClassProblem, "an element is empty", true},
	{"name a/../b", File("a/../b"), s1, verdict.ClassProblem, `starts with ".", in "a/../b"`, true},
	{"name /etc/passwd", File("/etc/passwd"), s1, verdict.ClassProblem, "an element is empty", true},
	{"path too long", File(strings.Repeat("x/", 512) + "x"), s1, verdict.ClassProblem, "1025 bytes, want at most 1024", true},
	{"file that is a directory", With("files", []any{named("a/b/c"), named("a")}), s1, verdict.ClassProblem, `files[0].name: "a/b/c" lies in "a", which is the file files[1]`, true},
	{"name a\\b", File(`a\b`), s1, verdict.ClassProblem, `has a "\"`, true},
	{"name with NUL", File("a\x00.c"), s1, verdict.ClassProblem, "control character", true},
	{"name with newline", File("a\n.c"), s1, verdict.ClassProblem, "control character", true},
	{"name with escape", File("a\x1b[2J.c"), s1, verdict.ClassProblem, "control character", true},
	{"name with DEL", File("a\x7f.c"), s1, verdict.ClassProblem, "control character", true},
	{"name that turns text round", File("a\u202e.c"), s1, verdict.ClassProblem, "control character", true},
	{"name with space at the end", File("a.c "), s1, verdict.ClassProblem, "space", true},
	{"name too long", File(strings.Repeat("x", 256)), s1, verdict.ClassProblem, "256 bytes", true},
	{"same name twice", With("files", []any{named("a.c"), named("b.c"), named("a.c")}), s1, verdict.ClassProblem, `files[2].name: "a.c" is also the name of files[0]`, true},
	{"content not base64", With("files", []any{map[string]string{"name": "a.c", "content": "int main()"}}), s1, verdict.ClassProblem, "field files[0].content: not base64", false},
	{"content and text", With("files", []any{map[string]string{"name": "a.c", "content": "eA==", "text": "x"}}), s1, verdict.ClassProblem, "both content and text", false},
	{"problem digest too short", With("problem_digest", "abc"), s1, verdict.ClassProblem, "field problem_digest", false},
	{"object is a string", With("files", []any{map[string]any{"name": "a.c", "object": "x"}}), s1, verdict.ClassProblem, "field files[0].object: got JSON string, want an object", false},
	{"object without a name", Object("", 1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.name", false},
	{"object with a long name", Object(strings.Repeat("x", 513), 1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.name", false},
	{"object below zero", Object("x", -1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.bytes: got -1", false},
	{"object too large", Object("x", 20<<20+1, strings.Repeat("0", 64)), s1, verdict.ClassProblem, "field files[0].object.bytes", false},
	{"object without a hash", Object("x", 1, ""), s1, verdict.ClassProblem, "field files[0].object.sha256", false},
	{"object and text", With("files", []any{map[string]any{"name": "a.c", "text": "x", "object": map[string]any{"name": "x", "bytes": 1, "sha256": strings.Repeat("0", 64)}}}), s1, verdict.ClassProblem, "has content or text too", false},
	{"objects too large together", With("files", []any{object("a.c", "x", 15<<20, strings.Repeat("0", 64)), object("b.c", "x", 15<<20, strings.Repeat("0", 64))}), s1, verdict.ClassProblem, "31457280 bytes altogether", true},
	{"nested beyond reason", strings.Repeat("[", 100_000), api.Identity{}, verdict.ClassProblem, "not JSON", false},
}

var s1 = api.Identity{ID: "s1", Attempt: 1}

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
