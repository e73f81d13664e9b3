package problem

// Purpose says what a test of validators is there for.
type Purpose string

// The purposes, which are the names of their directories below data in 2025-09.
const (
	InvalidInput  Purpose = "invalid_input"  // an input that an input validator must refuse
	InvalidOutput Purpose = "invalid_output" // an output that the output validator must not accept
	ValidOutput   Purpose = "valid_output"   // an output that the output validator must accept
)

// ValidatorTest is for the package's own validators. It plays no part in judging. The Answer of its Test is "" with
// InvalidInput.
type ValidatorTest struct {
	Test
	Purpose Purpose
	// Output is the file of the output to be looked at; "" with InvalidInput.
	Output string
}
