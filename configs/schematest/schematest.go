// Package schematest compiles the schemas below configs/schemas, for tests of what is written and read by them.
package schematest

import (
	"bytes"
	"fmt"
	"io/fs"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gaveloj/gavel/configs/schemas"
)

// base is where the schemas are by the $id of each, to which they are relative where one refers to another.
const base = "https://github.com/gaveloj/gavel/configs/schemas/"

// Load compiles a schema, named by its file: verdict.json. Formats and encoded contents are held to what they say.
func Load(name string) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.AssertContent()
	entries, err := fs.ReadDir(schemas.Files, ".")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if err := addSchema(compiler, entry.Name()); err != nil {
			return nil, fmt.Errorf("schema %s: %w", entry.Name(), err)
		}
	}
	return compiler.Compile(base + name)
}

func addSchema(compiler *jsonschema.Compiler, name string) error {
	text, err := schemas.Files.ReadFile(name)
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return compiler.AddResource(base+name, document)
}

// Schema is Load for a test, which it ends where there is no such schema.
func Schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Validate returns what a schema has against a JSON document.
func Validate(s *jsonschema.Schema, data []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(value)
}
