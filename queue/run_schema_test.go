package queue

import (
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gaveloj/gavel/judge/api/apitest"
)

// The schema and the decoder refuse the same run requests, as far as a schema can tell.
func TestRunSchemaAgreesWithDecode(t *testing.T) {
	beyond := []string{
		"content and text", "much input", "arg with NUL", "long args", "cpu limit in milliseconds", "memory in mebibytes", "all too long",
		"long env", "env with NUL", "expect content and text",
	}
	s := schema(t, "run-request.json")
	for _, test := range apitest.BadRuns {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(test.Payload))
		if err != nil || slices.Contains(beyond, test.Name) {
			continue
		}
		if s.Validate(v) == nil {
			t.Errorf("%s: the schema takes what decode refuses: %.200s", test.Name, test.Payload)
		}
	}
	for _, payload := range apitest.GoodRuns() {
		if err := validate(t, s, []byte(payload)); err != nil {
			t.Errorf("the schema refuses %.200s: %v", payload, err)
		}
	}
}
