package queue

import (
	"slices"
	"testing"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api/apitest"
)

// The schema and the decoder refuse the same run requests, as far as a schema can tell.
func TestRunSchemaAgreesWithDecode(t *testing.T) {
	beyond := []string{
		"content and text", "much input", "arg with NUL", "long args", "cpu limit in milliseconds", "memory in mebibytes", "all too long",
		"long env", "env with NUL", "expect content and text",
	}
	s := schematest.Schema(t, "run-request.json")
	for _, test := range apitest.BadRuns {
		if !slices.Contains(beyond, test.Name) && schematest.Validate(s, []byte(test.Payload)) == nil {
			t.Errorf("%s: the schema takes what decode refuses: %.200s", test.Name, test.Payload)
		}
	}
	for _, payload := range apitest.GoodRuns() {
		if err := schematest.Validate(s, []byte(payload)); err != nil {
			t.Errorf("the schema refuses %.200s: %v", payload, err)
		}
	}
}
