package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/configs"
)

// flagsOf lists the flags of a command that have a variable: those are settings.
func flagsOf(t *testing.T, command string) []*kong.Flag {
	t.Helper()
	parser, err := kong.New(&cli{}, defaultVars(), kong.Configuration(loadConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range parser.Model.Children {
		if node.Name == command {
			return node.Flags
		}
	}
	t.Fatalf("there is no command %s", command)
	return nil
}

// TestSettingsAgree holds flags, variables, configs/worker.yaml and its schema together.
func TestSettingsAgree(t *testing.T) {
	settings := defaultSettings()
	var flags []string
	for _, flag := range flagsOf(t, "serve") {
		if len(flag.Envs) == 0 {
			continue
		}
		flags = append(flags, key(flag.Name))
		if want := "GAVEL_" + strings.ToUpper(key(flag.Name)); flag.Envs[0] != want {
			t.Errorf("--%s is set by %s, want %s", flag.Name, flag.Envs[0], want)
		}
		if s, ok := settings[key(flag.Name)]; !ok || s.value != flag.Default {
			t.Errorf("--%s has the default %q; configs/worker.yaml says %q (%v)", flag.Name, flag.Default, s.value, ok)
		}
	}
	for k, s := range settings {
		if !slices.Contains(flags, k) {
			t.Errorf("configs/worker.yaml has %s, but serve has no such flag", s.name)
		}
	}
}

func workerSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../configs/schemas/worker.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, document string) error {
	t.Helper()
	var value any
	if err := yaml.NewDecoder(bytes.NewReader([]byte(document))).Decode(&value); err != nil {
		t.Fatal(err)
	}
	return workerSchema(t).Validate(value)
}

// TestWorkerSchema holds the schema to what the worker takes.
func TestWorkerSchema(t *testing.T) {
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
	text, err := os.ReadFile("../configs/schemas/worker.json")
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
