package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/configs/schemas"
	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// Whatever goes through the streams follows its schema.
func TestMessagesFollowTheirSchemas(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	start(t, conn, quick(), everyKind)
	submitWhenReady(t, conn, queuetest.Submission("accepted"), queuetest.Submission("rejected"), queuetest.Submission("full"))
	for _, test := range apitest.BadMessages {
		queuetest.Publish(t, conn, []byte(test.Payload))
	}
	for i, reason := range []string{"", "why", strings.Repeat("ü", message.MaxReason), "<&>\n"} {
		cancelAttempt(t, conn, fmt.Sprint("canceled", i), reason)
		queuetest.Submit(t, conn, queuetest.Submission(fmt.Sprint("canceled", i)))
	}
	queuetest.Submit(t, conn, queuetest.Submission("last"))
	queuetest.WaitVerdict(t, conn, "last")
	queuetest.Emptied(t, conn)
	for stream, name := range map[string]string{
		message.StreamVerdicts: "verdict.json", message.StreamEvents: "event.json", message.StreamDead: "dead.json",
		message.BucketStream(message.BucketCancellations): "cancellation.json",
	} {
		s := schematest.Schema(t, name)
		all := queuetest.Messages(t, conn, stream)
		if len(all) < 4 {
			t.Errorf("stream %s has %d messages only", stream, len(all))
		}
		for _, msg := range all {
			if err := schematest.Validate(s, msg.Data); err != nil {
				t.Errorf("%s: %v\n%.400s", msg.Subject, err, msg.Data)
			}
		}
	}
}

// everyKind judges by the ID of the submission.
func everyKind(_ context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
	emit(api.Event{Stage: api.StageCompiling})
	emit(api.Event{Stage: api.StageTest, Test: 1, Tests: 2})
	switch s.ID {
	case "rejected":
		return api.Report{}, &api.Rejection{Class: verdict.ClassProblem, Err: errors.New("no such problem")}
	case "full":
		return fullReport(), nil
	default:
		return queuetest.Accepted(s), nil
	}
}

// fullReport has every field set.
func fullReport() api.Report {
	score := 12.5
	return api.Report{
		Language: "cpp17", LanguageVersion: "g++ 12", Verdict: verdict.JudgeError, Reason: verdict.ReasonExit, Score: &score,
		Error:        &api.ErrorReport{Class: verdict.ClassChecker, Message: "checker crashed"},
		CancelReason: "superseded",
		CPUUsec:      1, WallUsec: 2, PeakMemory: 3, TimeLimitUsec: 4, MemoryLimit: 5,
		Compile: api.CompileReport{Log: "warning", Truncated: true, Cached: true, CPUUsec: 1, WallUsec: 2, PeakMemory: 3},
		Tests: []api.TestReport{{
			Name: "secret/1", Verdict: verdict.RunTimeError, Reason: verdict.ReasonSignal, Flags: []string{"cpu"}, CPUUsec: 1,
			WallUsec: 2, PeakMemory: 3, OutputBytes: 4, ExitCode: 5, Signal: "SIGSEGV", JudgeMessage: "j", TeamMessage: "t", Score: &score,
		}},
		Artifacts: []api.Artifact{{
			Kind: api.ArtifactCompileLog, Name: "log", Object: "full.1/compile/log", Bytes: 1, SHA256: strings.Repeat("0", 64),
			Truncated: true, Error: "left out",
		}},
		Phases: api.Phases{FetchUsec: 1, CompileUsec: 2, RunUsec: 3, CheckUsec: 4, TotalUsec: 5},
	}
}

// The schema and the decoder refuse the same messages, as far as a schema can tell.
func TestSubmissionSchemaAgreesWithDecode(t *testing.T) {
	beyond := []string{
		"same name twice", "file that is a directory", "content and text", "name that turns text round", "object and text", "objects too large together",
	}
	s := schematest.Schema(t, "submission.json")
	for _, test := range apitest.BadMessages {
		if !slices.Contains(beyond, test.Name) && schematest.Validate(s, []byte(test.Payload)) == nil {
			t.Errorf("%s: the schema takes what decode refuses: %.200s", test.Name, test.Payload)
		}
	}
	for _, payload := range []string{
		apitest.Good(), apitest.With("contest", "icpc"), apitest.With("language", ""), apitest.With("entry_point", "Main"), apitest.With("all_tests", true),
		apitest.Without("language"), apitest.File("решение 2.py"), apitest.File("a"), apitest.With("id", "arena.s1"), apitest.File("src/a b/c.py"), apitest.With("files", apitest.ManyFiles(100)), apitest.With("time_limit_us", 3_600_000_000),
		apitest.With("problem_digest", ""), apitest.With("problem_digest", strings.Repeat("a", 64)), apitest.Object("any name", 20<<20, strings.Repeat("a", 64)),
	} {
		if err := schematest.Validate(s, []byte(payload)); err != nil {
			t.Errorf("the schema refuses %.200s: %v", payload, err)
		}
		if _, _, err := api.Decode([]byte(payload)); err != nil {
			t.Errorf("decode refuses %.200s: %v", payload, err)
		}
	}
}

// Every field of a schema is in the Go type, and the other way round; fields that Go always writes are required.
func TestSchemasHaveTheFieldsOfTheTypes(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"submission.json":      reflect.TypeFor[api.Submission](),
		"verdict.json":         reflect.TypeFor[api.Report](),
		"event.json":           reflect.TypeFor[api.Event](),
		"dead.json":            reflect.TypeFor[message.DeadLetter](),
		"worker-info.json":     reflect.TypeFor[message.WorkerInfo](),
		"problem-version.json": reflect.TypeFor[api.ProblemVersion](),
		"cancellation.json":    reflect.TypeFor[message.Cancellation](),
		"run-request.json":     reflect.TypeFor[api.RunRequest](),
		"run-result.json":      reflect.TypeFor[api.RunResult](),
	} {
		data, err := schemas.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var root node
		if err := json.Unmarshal(data, &root); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compareFields(t, name, root, root.Defs, typ)
	}
}

// node is what the comparison needs of a schema.
type node struct {
	Ref        string          `json:"$ref"`
	Properties map[string]node `json:"properties"`
	Required   []string        `json:"required"`
	Items      *node           `json:"items"`
	Defs       map[string]node `json:"$defs"`
}

// resolve follows references within the file.
func (n node) resolve(defs map[string]node) node {
	if n.Ref != "" {
		return defs[strings.TrimPrefix(n.Ref, "#/$defs/")].resolve(defs)
	}
	return n
}

func compareFields(t *testing.T, path string, n node, defs map[string]node, typ reflect.Type) {
	t.Helper()
	var inType, always, inSchema []string
	for field := range fields(typ) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		inType = append(inType, name)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			always = append(always, name)
		}
		child := n.Properties[name].resolve(defs)
		compareChild(t, path+"/"+name, child, defs, field.Type)
	}
	for name := range n.Properties {
		inSchema = append(inSchema, name)
	}
	required := slices.Sorted(slices.Values(n.Required))
	slices.Sort(inType)
	slices.Sort(inSchema)
	slices.Sort(always)
	if diff := cmp.Diff(inType, inSchema); diff != "" {
		t.Errorf("%s: fields (-type +schema):\n%s", path, diff)
	}
	if diff := cmp.Diff(always, required); diff != "" {
		t.Errorf("%s: always there (-type +schema):\n%s", path, diff)
	}
}

func compareChild(t *testing.T, path string, n node, defs map[string]node, typ reflect.Type) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() == reflect.Slice && n.Items != nil {
		typ, n = typ.Elem(), n.Items.resolve(defs)
	}
	if typ.Kind() == reflect.Struct && typ.PkgPath() != "time" {
		compareFields(t, path, n, defs, typ)
	}
}

// fields are those that JSON has: of embedded types too, and neither unexported ones nor those that are tagged "-".
func fields(typ reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for field := range typ.Fields() {
			switch {
			case field.Anonymous:
				for inner := range fields(field.Type) {
					if !yield(inner) {
						return
					}
				}
			case field.IsExported() && field.Tag.Get("json") != "-" && !yield(field):
				return
			}
		}
	}
}
