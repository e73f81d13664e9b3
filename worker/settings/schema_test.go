package settings

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/configs"
	"github.com/gaveloj/gavel/configs/schematest"
)

func validate(t *testing.T, document string) error {
	t.Helper()
	var value any
	if err := yaml.NewDecoder(bytes.NewReader([]byte(document))).Decode(&value); err != nil {
		t.Fatal(err)
	}
	return schematest.Schema(t, "worker.json").Validate(value)
}

// TestWorkerSchema holds the schema to what the worker takes.
func TestWorkerSchema(t *testing.T) {
	t.Parallel()
	if err := validate(t, configs.Worker()); err != nil {
		t.Errorf("configs/worker.yaml: %v", err)
	}
	for _, wrong := range []string{
		"slts: 1", "slots: -1", "slots: 129", "slots: many", "nats: {ulr: x}", "nats: {url: 'http://host'}", "http: host", "log: {level: loud}",
		"grace: soon", "problem_cache: much", "pool: a.b", "pin: perhaps", "tries: 0", "nats: {replicas: 6}", "ack_wait: soon",
	} {
		if validate(t, wrong) == nil {
			t.Errorf("the schema takes %q", wrong)
		}
	}
}

// TestSchemaNamesSettings finds each setting in the schema.
func TestSchemaNamesSettings(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../configs/schemas/worker.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names(defaultSettings()) {
		last := name[strings.LastIndex(name, ".")+1:]
		if !bytes.Contains(text, []byte(`"`+last+`":`)) {
			t.Errorf("the schema does not name %s", name)
		}
	}
}
