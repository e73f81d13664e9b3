package apitest

import "strings"

// BadRuns are run requests that no worker can do. In each, what is wrong is the only thing that is.
var BadRuns = []struct {
	Name    string
	Payload string
	Want    string // part of the error
}{
	{"empty", "", "not JSON"},
	{"binary", "\xff", "not UTF-8"},
	{"list", "[]", "want an object"},
	{"null", "null", "field version is missing"},
	{"no version", WithRun("version", nil), "field version is missing"},
	{"next version", WithRun("version", 2), "field version: got 2"},
	{"id with two dots", WithRun("id", "a.b.c"), "field id"},
	{"id is a number", WithRun("id", 1), "field id: got JSON number"},
	{"language", WithRun("language", "c\n"), "field language"},
	{"entry point", WithRun("entry_point", "../x"), "field entry_point"},
	{"no files", WithRun("files", nil), "field files is missing"},
	{"file elsewhere", WithRun("files", []any{named("../a.c")}), "field files[0].name"},
	{"101 files", WithRun("files", ManyFiles(101)), "field files: got more than 100"},
	{"no inputs", WithRun("inputs", nil), "field inputs is missing"},
	{"zero inputs", WithRun("inputs", []any{}), "field inputs is missing or empty"},
	{"101 inputs", WithRun("inputs", manyInputs(101)), "field inputs: got more than 100"},
	{"inputs are an object", WithRun("inputs", map[string]any{}), "field inputs: want a list"},
	{"input is a string", WithRun("inputs", []any{"1 2"}), "field inputs[0]: got JSON string"},
	{"input not base64", WithRun("inputs", []any{map[string]any{"content": "1 2"}}), "field inputs[0].content: not base64"},
	{"content and text", WithRun("inputs", []any{map[string]any{"content": "eA==", "text": "x"}}), "field inputs[0]: both content and text"},
	{"long name of an input", WithRun("inputs", []any{map[string]any{"name": strings.Repeat("x", 129)}}), "field inputs[0].name: 129 bytes"},
	{"much input", WithRun("inputs", []any{map[string]any{"text": strings.Repeat("x", 20<<20+1)}}), "field inputs: 20971521 bytes altogether"},
	{"args are a string", WithRun("args", "-v"), "field args: want a list"},
	{"arg is a number", WithRun("args", []any{1}), "field args[0]: got JSON number"},
	{"arg with NUL", WithRun("args", []any{"a\x00b"}), "field args[0]: has a NUL byte"},
	{"101 args", WithRun("args", make([]string, 101)), "field args: got more than 100"},
	{"long args", WithRun("args", []any{strings.Repeat("x", 64<<10+1)}), "field args: 65537 bytes"},
	{"limits are a number", WithRun("limits", 1), "field limits: got JSON number"},
	{"cpu limit below zero", withLimit("cpu_us", -1), "field limits.cpu_us: got -1, want 1000 to 600000000"},
	{"cpu limit in milliseconds", withLimit("cpu_us", 2), "field limits.cpu_us: got 2"},
	{"cpu limit of a day", withLimit("cpu_us", 86_400_000_000), "field limits.cpu_us"},
	{"wall limit of a day", withLimit("wall_us", 86_400_000_000), "field limits.wall_us"},
	{"memory in mebibytes", withLimit("memory_bytes", 256), "field limits.memory_bytes: got 256"},
	{"memory of the moon", withLimit("memory_bytes", 1<<40), "field limits.memory_bytes"},
	{"output limit", withLimit("output_bytes", 1<<30), "field limits.output_bytes"},
	{"limit is a text", withLimit("cpu_us", "1s"), "field limits.cpu_us: got JSON string, want an integer"},
	{"inline below -1", WithRun("inline_bytes", -2), "field inline_bytes: got -2"},
	{"inline beyond", WithRun("inline_bytes", 1<<20+1), "field inline_bytes"},
	{"keep is a list", WithRun("keep", []any{"output"}), "field keep: got JSON array, want true or false"},
	{"wait of a day", WithRun("wait_us", 86_400_000_000), "field wait_us: got 86400000000, want 0 to 3600000000"},
	{"wait is a text", WithRun("wait_us", "1s"), "field wait_us: got JSON string, want an integer"},
	{"env is a list", WithRun("env", []any{"A=1"}), "field env: got JSON array"},
	{"env with =", WithRun("env", map[string]any{"A=B": "1"}), `field env: "A=B" is no name`},
	{"env with NUL", WithRun("env", map[string]any{"A": "\x00"}), `field env: "A" is no name of a variable, or has a NUL byte`},
	{"101 variables", WithRun("env", manyVariables(101)), "field env: got 101"},
	{"long env", WithRun("env", map[string]any{"A": strings.Repeat("x", 64<<10)}), "field env: 65537 bytes"},
	{"compare is a list", WithRun("compare", []any{"tokens"}), "field compare: got JSON array"},
	{"long compare", WithRun("compare", strings.Repeat("x", 257)), "field compare: 257 bytes"},
	{"collect is a name", WithRun("collect", "out.txt"), "field collect: want a list"},
	{"collect from elsewhere", WithRun("collect", []any{"/etc/passwd"}), "field collect[0]"},
	{"collect much", WithRun("collect", make([]string, 11)), "field collect: got more than 10"},
	{"expect is a text", WithRun("inputs", []any{map[string]any{"expect": "5"}}), "field inputs[0].expect: got JSON string"},
	{
		"expect content and text", WithRun("inputs", []any{map[string]any{"expect": map[string]any{"content": "eA==", "text": "x"}}}),
		"field inputs[0].expect: both content and text",
	},
	{
		"all too long", Encode(with(with(runFields(), "inputs", manyInputs(100)), "limits", map[string]any{"wall_us": 60_000_000})),
		"field limits.wall_us: 100 runs of 1m0s may take 6000 s, want at most 3600",
	},
}

func runFields() map[string]any {
	return map[string]any{"version": 1, "files": []any{named("a.py")}, "inputs": []any{map[string]any{"text": "1 2\n"}}}
}

func manyInputs(n int) []any {
	inputs := make([]any, n)
	for i := range inputs {
		inputs[i] = map[string]any{}
	}
	return inputs
}

func manyVariables(n int) map[string]any {
	variables := map[string]any{}
	for i := range n {
		variables["V"+strings.Repeat("x", i)] = ""
	}
	return variables
}

func with(fields map[string]any, field string, value any) map[string]any {
	if fields[field] = value; value == nil {
		delete(fields, field)
	}
	return fields
}

func withLimit(name string, value any) string { return WithRun("limits", map[string]any{name: value}) }

// GoodRun is a run request with nothing wrong.
func GoodRun() string { return Encode(runFields()) }

// WithRun is GoodRun with another value of a field; nil leaves it out.
func WithRun(field string, value any) string { return Encode(with(runFields(), field, value)) }

// GoodRuns are run requests with nothing wrong.
func GoodRuns() []string {
	return []string{
		GoodRun(), WithRun("id", ""), WithRun("id", "arena.r1"), WithRun("language", ""), WithRun("entry_point", "Main"),
		WithRun("inputs", manyInputs(100)), WithRun("args", []string{"", "-v", "ü"}), WithRun("inline_bytes", -1),
		WithRun("inline_bytes", 0), WithRun("keep", true), withLimit("cpu_us", 1000), withLimit("cpu_us", 0), withLimit("cpu_us", 600_000_000),
		withLimit("memory_bytes", 64<<30), withLimit("output_bytes", 1), WithRun("note", "of the platform"),
		WithRun("wait_us", 30_000_000), WithRun("env", map[string]any{"A": "", "B": "=1"}), WithRun("compare", "floats absolute=1e-6"),
		WithRun("collect", []string{"out.txt", "a/b.txt"}),
		WithRun("inputs", []any{map[string]any{"text": "1", "expect": map[string]any{"text": "2"}}, map[string]any{"expect": map[string]any{}}}),
	}
}
