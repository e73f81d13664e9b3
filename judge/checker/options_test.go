package checker_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/checker"
)

func TestParseArgs(t *testing.T) {
	tests := map[string]struct {
		args           string
		legacy, strict bool // whether it is accepted
	}{
		"none":                     {"", true, true},
		"all":                      {"case_sensitive space_change_sensitive float_absolute_tolerance 1e-6 float_relative_tolerance .5", true, true},
		"both tolerances":          {"float_tolerance 1E-6", true, true},
		"unknown":                  {"ignore_case", false, false},
		"no number":                {"float_tolerance", false, false},
		"no number but an option":  {"float_tolerance case_sensitive", false, false},
		"negative":                 {"float_tolerance -1", false, false},
		"infinite":                 {"float_tolerance inf", false, false},
		"overflow":                 {"float_tolerance 1e999", false, false},
		"not a number":             {"float_tolerance nan", false, false},
		"hexadecimal":              {"float_tolerance 0x1p-3", false, false},
		"switch twice":             {"case_sensitive case_sensitive", true, false},
		"tolerance twice":          {"float_tolerance 1e-6 float_tolerance 1e-6", true, false},
		"tolerance twice, in part": {"float_tolerance 1e-6 float_relative_tolerance 1e-6", true, false},
		"loose number":             {"1e-6", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for strict, want := range map[bool]bool{false: tt.legacy, true: tt.strict} {
				_, err := checker.ParseArgs(strings.Fields(tt.args), strict)
				if (err == nil) != want || (err != nil && !errors.Is(err, checker.ErrArgument)) {
					t.Errorf("ParseArgs(%q, %t) = %v, want accepted: %t", tt.args, strict, err, want)
				}
			}
		})
	}
}
