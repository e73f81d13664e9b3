package checker

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Options of the default output validator. The zero value compares tokens, letters of either case alike.
type Options struct {
	CaseSensitive bool // A to Z differ from a to z
	// SpaceSensitive asks for every run of white space to be the same bytes, leading and trailing runs too.
	SpaceSensitive bool
	// Absolute and Relative are tolerances for numbers. When either is set, a token of the answer that reads
	// as a number is compared as one, and is met when one of the tolerances holds.
	Absolute, Relative Tolerance
}

// Tolerance is how far a number may be off. The zero value is not set, and never met.
type Tolerance struct {
	set   bool
	value float64
	text  string // as it was written: comparisons at the very border are exact
}

// floats says whether tokens may be compared as numbers at all.
func (o Options) floats() bool { return o.Absolute.set || o.Relative.set }

// ErrArgument matches every error of ParseArgs.
var ErrArgument = errors.New("bad argument of the default output validator")

// ParseTolerance reads a tolerance: a decimal number, zero or more, finite.
func ParseTolerance(text string) (Tolerance, error) {
	if !isNumber([]byte(text)) {
		return Tolerance{}, fmt.Errorf("tolerance %q is not a decimal number such as 1e-6", text)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) {
		return Tolerance{}, fmt.Errorf("tolerance %q is too large", text)
	}
	if v < 0 {
		return Tolerance{}, fmt.Errorf("tolerance %q is negative", text)
	}
	return Tolerance{set: true, value: v, text: text}, nil
}

// ParseArgs reads the arguments of the default output validator: case_sensitive, space_change_sensitive,
// float_absolute_tolerance E, float_relative_tolerance E and float_tolerance E, which is both.
// An option given twice is an error when strict (format 2025-09); otherwise the last one counts (legacy).
// Every error matches ErrArgument.
func ParseArgs(args []string, strict bool) (Options, error) {
	p := argParser{strict: strict, seen: make(map[string]bool)}
	for len(args) > 0 {
		n, err := p.take(args)
		if err != nil {
			return Options{}, fmt.Errorf("%w: %w", ErrArgument, err)
		}
		args = args[n:]
	}
	return p.options, nil
}

type argParser struct {
	strict  bool
	seen    map[string]bool
	options Options
}

// take reads one option off the front of args and says how many arguments it took.
func (p *argParser) take(args []string) (int, error) {
	o := &p.options
	switch args[0] {
	case "case_sensitive":
		o.CaseSensitive = true
		return 1, p.once(args[0])
	case "space_change_sensitive":
		o.SpaceSensitive = true
		return 1, p.once(args[0])
	case "float_absolute_tolerance":
		return 2, p.tolerance(args, &o.Absolute)
	case "float_relative_tolerance":
		return 2, p.tolerance(args, &o.Relative)
	case "float_tolerance":
		return 2, p.tolerance(args, &o.Absolute, &o.Relative)
	}
	return 0, fmt.Errorf("unknown argument %q; known are case_sensitive, space_change_sensitive, "+
		"float_tolerance, float_absolute_tolerance and float_relative_tolerance", args[0])
}

func (p *argParser) tolerance(args []string, slots ...*Tolerance) error {
	if len(args) < 2 {
		return fmt.Errorf("%s needs a number after it", args[0])
	}
	t, err := ParseTolerance(args[1])
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	for _, slot := range slots {
		if p.strict && slot.set {
			return fmt.Errorf("%s gives a tolerance that was given before", args[0])
		}
		*slot = t
	}
	return nil
}

// once refuses a repeated switch when strict.
func (p *argParser) once(name string) error {
	if p.strict && p.seen[name] {
		return fmt.Errorf("%s is given twice", name)
	}
	p.seen[name] = true
	return nil
}
