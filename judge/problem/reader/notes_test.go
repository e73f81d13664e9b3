package reader_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotesAreNoValidator: a directory that says in words that there is no validator is no broken validator, unless
// the package asks for one.
func TestNotesAreNoValidator(t *testing.T) {
	p := load(t, sound().with(files{"problem.yaml": modern, "output_validator/README.md": "none needed\n"}).write(t))
	if p.Validator != nil {
		t.Errorf("validator %v, want none", p.Validator)
	}
	warned := []string{"output_validator: ignored, because there is no program in it: the default output validator is used"}
	if diff := cmp.Diff(warned, strip(p.Warnings)); diff != "" {
		t.Error(diff)
	}
}
