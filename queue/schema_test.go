package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/messagetest"
	"github.com/gaveloj/gavel/message/verdict"
)

const schemaDir = "../configs/schemas"

func schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.AssertContent()
	s, err := compiler.Compile(filepath.Join(schemaDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t testing.TB, s *jsonschema.Schema, data []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

// Whatever goes through the streams follows its schema.
func TestMessagesFollowTheirSchemas(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	start(t, conn, quick(), everyKind)
	submitWhenReady(t, conn, submission("accepted"), submission("rejected"), submission("full"))
	for _, test := range messagetest.BadMessages {
		publish(t, conn, []byte(test.Payload))
	}
	for i, reason := range []string{"", "why", strings.Repeat("ü", message.MaxReason), "<&>\n"} {
		cancelAttempt(t, conn, fmt.Sprint("canceled", i), reason)
		submit(t, conn, submission(fmt.Sprint("canceled", i)))
	}
	submit(t, conn, submission("last"))
	waitVerdict(t, conn, "last")
	emptied(t, conn)
	for stream, name := range map[string]string{
		message.StreamVerdicts: "verdict.json", message.StreamEvents: "event.json", message.StreamDead: "dead.json",
		message.BucketStream(message.BucketCancellations): "cancellation.json",
	} {
		s := schema(t, name)
		all := messages(t, conn, stream)
		if len(all) < 4 {
			t.Errorf("stream %s has %d messages only", stream, len(all))
		}
		for _, msg := range all {
			if err := validate(t, s, msg.Data); err != nil {
				t.Errorf("%s: %v\n%.400s", msg.Subject, err, msg.Data)
			}
		}
	}
}

// everyKind judges by the ID of the submission.
func everyKind(_ context.Context, s message.Submission, emit func(message.Event)) (message.Report, error) {
	emit(message.Event{Stage: message.StageCompiling})
	emit(message.Event{Stage: message.StageTest, Test: 1, Tests: 2})
	switch s.ID {
	case "rejected":
		return message.Report{}, &message.Rejection{Class: verdict.ClassProblem, Err: errors.New("no such problem")}
	case "full":
		return fullReport(), nil
	default:
		return accepted(s), nil
	}
}

// fullReport has every field set.
func fullReport() message.Report {
	score := 12.5
	return message.Report{
		Language: "cpp17", LanguageVersion: "g++ 12", Verdict: verdict.JudgeError, Reason: verdict.ReasonExit, Score: &score,
		Error:        &message.ErrorReport{Class: verdict.ClassChecker, Message: "checker crashed"},
		CancelReason: "superseded",
		CPUUsec:      1, WallUsec: 2, PeakMemory: 3, TimeLimitUsec: 4, MemoryLimit: 5,
		Compile: message.CompileReport{Log: "warning", Truncated: true, Cached: true, CPUUsec: 1, WallUsec: 2, PeakMemory: 3},
		Tests: []message.TestReport{{
			Name: "secret/1", Verdict: verdict.RunTimeError, Reason: verdict.ReasonSignal, Flags: []string{"cpu"}, CPUUsec: 1,
			WallUsec: 2, PeakMemory: 3, OutputBytes: 4, ExitCode: 5, Signal: "SIGSEGV", JudgeMessage: "j", TeamMessage: "t", Score: &score,
		}},
		Artifacts: []message.Artifact{{
			Kind: message.ArtifactCompileLog, Name: "log", Object: "full.1/compile/log", Bytes: 1, SHA256: strings.Repeat("0", 64),
			Truncated: true, Error: "left out",
		}},
		Phases: message.Phases{FetchUsec: 1, CompileUsec: 2, RunUsec: 3, CheckUsec: 4, TotalUsec: 5},
	}
}

// messages reads a whole stream.
func messages(t testing.TB, conn *client.Conn, stream string) []*jetstream.RawStreamMsg {
	t.Helper()
	s, err := conn.JetStream().Stream(testContext(t), stream)
	if err != nil {
		t.Fatal(err)
	}
	state := s.CachedInfo().State
	var all []*jetstream.RawStreamMsg
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		msg, err := s.GetMsg(testContext(t), seq)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, msg)
	}
	return all
}

// The schema and the decoder refuse the same messages, as far as a schema can tell.
func TestSubmissionSchemaAgreesWithDecode(t *testing.T) {
	beyond := []string{
		"same name twice", "file that is a directory", "content and text", "name that turns text round", "object and text", "objects too large together",
	}
	s := schema(t, "submission.json")
	for _, test := range messagetest.BadMessages {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(test.Payload))
		if err != nil || slices.Contains(beyond, test.Name) {
			continue
		}
		if s.Validate(v) == nil {
			t.Errorf("%s: the schema takes what decode refuses: %.200s", test.Name, test.Payload)
		}
	}
	for _, payload := range []string{
		messagetest.Good(), messagetest.With("contest", "icpc"), messagetest.With("language", ""), messagetest.With("entry_point", "Main"), messagetest.With("all_tests", true),
		messagetest.Without("language"), messagetest.File("решение 2.py"), messagetest.File("a"), messagetest.With("id", "arena.s1"), messagetest.File("src/a b/c.py"), messagetest.With("files", messagetest.ManyFiles(100)), messagetest.With("time_limit_us", 3_600_000_000),
		messagetest.With("problem_digest", ""), messagetest.With("problem_digest", strings.Repeat("a", 64)), messagetest.Object("any name", 20<<20, strings.Repeat("a", 64)),
	} {
		if err := validate(t, s, []byte(payload)); err != nil {
			t.Errorf("the schema refuses %.200s: %v", payload, err)
		}
		if _, _, err := message.Decode([]byte(payload)); err != nil {
			t.Errorf("decode refuses %.200s: %v", payload, err)
		}
	}
}

// Every field of a schema is in the Go type, and the other way round; fields that Go always writes are required.
func TestSchemasHaveTheFieldsOfTheTypes(t *testing.T) {
	for name, typ := range map[string]reflect.Type{
		"submission.json":      reflect.TypeFor[message.Submission](),
		"verdict.json":         reflect.TypeFor[message.Report](),
		"event.json":           reflect.TypeFor[message.Event](),
		"dead.json":            reflect.TypeFor[message.DeadLetter](),
		"worker-info.json":     reflect.TypeFor[message.WorkerInfo](),
		"problem-version.json": reflect.TypeFor[message.ProblemVersion](),
		"cancellation.json":    reflect.TypeFor[message.Cancellation](),
		"run-request.json":     reflect.TypeFor[message.RunRequest](),
		"run-result.json":      reflect.TypeFor[message.RunResult](),
	} {
		data, err := os.ReadFile(filepath.Join(schemaDir, name))
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
