package reader

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSchemaNamesKeys holds the schema of gavel.yaml to the keys that are read.
func TestSchemaNamesKeys(t *testing.T) {
	text, err := os.ReadFile("../../../configs/schemas/gavel.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	keys := slices.Sorted(slices.Values(append(testlibKeys(), "checker", "interactor", "grading_dialect", "samples_only", "interaction_output", inputFileKey, outputFileKey)))
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Error(diff)
	}
}
