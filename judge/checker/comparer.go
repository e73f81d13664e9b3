package checker

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Comparer judges an output by comparing it with the answer, in process. It takes time linear in the size of both, keeps
// and changes neither, and never fails. Options, those of the default output validator, are one.
type Comparer interface {
	Compare(output, answer []byte) Result
	// Key identifies the comparison: comparers with the same key give the same result for the same output and answer.
	Key() string
}

// Compare implements Comparer.
func (o Options) Compare(output, answer []byte) Result { return Compare(output, answer, o) }

// Key implements Comparer.
func (o Options) Key() string {
	return fmt.Sprintf("options case=%t space=%t absolute=%t:%q relative=%t:%q", o.CaseSensitive, o.SpaceSensitive,
		o.Absolute.set, o.Absolute.text, o.Relative.set, o.Relative.text)
}

// ErrComparer matches every error of ParseComparer.
var ErrComparer = errors.New("bad comparer")

// ParseComparer finds a comparer by name and reads its arguments, each a word, or a key with its value as one argument
// (tolerance=1e-6) or as two. White space is that of Compare. Every error matches ErrComparer.
//
//	name        other names                outputs agree that have
//	default     kattis                     what the default output validator of the package formats asks for
//	tokens      wcmp, ncmp                 the same tokens
//	standard                               lines with the same tokens; blank lines do not count
//	whitediff   white_diff             lines with the same tokens; blank lines do not count at the end, as CMS has it
//	lines       fcmp                       the same lines; the last line feed may be missing
//	rstripped   trailing                   the same lines, but for white space at their ends and blank lines at the end
//	identical   exact, binary              the same bytes
//	floats      rcmp4, rcmp6, rcmp9        the same tokens, where numbers may be off by a tolerance
//	sorted      unordered_lines            lines with the same tokens, in any order; blank lines do not count
//	unordered   unordered_tokens, uncmp    the same tokens, in any order
//	linecount                              as standard; some of the lines are worth that part of the score
//
// All but default and identical tell letters of either case apart, and take ignore_case. default takes the arguments of
// ParseArgs; floats takes absolute E, relative E, tolerance E (both), precision N (a tolerance of 10 to the -N) and
// space_sensitive, and without any of the first four has a tolerance of 1e-6.
func ParseComparer(name string, args []string) (Comparer, error) {
	full, implied := fullName(name)
	c, err := newComparer(full, slices.Concat(implied, args))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrComparer, err)
	}
	return c, nil
}

// fullName is the name of a comparer without its other names, and the arguments that those stand for.
func fullName(name string) (string, []string) {
	switch name {
	case "kattis":
		return "default", nil
	case "wcmp", "ncmp":
		return "tokens", nil
	case "fcmp":
		return "lines", nil
	case "trailing":
		return "rstripped", nil
	case "exact", "binary":
		return "identical", nil
	case "rcmp4", "rcmp6", "rcmp9":
		return "floats", []string{"tolerance=1e-" + name[len("rcmp"):]}
	case "white_diff":
		return "whitediff", nil
	case "unordered_lines":
		return "sorted", nil
	case "unordered_tokens", "uncmp":
		return "unordered", nil
	}
	return name, nil
}

// Comparers lists the names that ParseComparer knows, without other names.
func Comparers() []string {
	return []string{
		"default", "tokens", "standard", "whitediff", "lines", "rstripped", "identical", "floats", "sorted", "unordered", "linecount",
	}
}

func newComparer(name string, args []string) (Comparer, error) {
	if name == "default" {
		return defaultComparer(args)
	}
	p := comparerArgs{comparer: name, floats: name == "floats", fold: name != "identical"}
	if err := p.read(args); err != nil {
		return nil, err
	}
	o := p.options
	switch name {
	case "tokens":
		return o, nil
	case "floats":
		if !o.floats() {
			o.Absolute, o.Relative = defaultTolerance, defaultTolerance
		}
		return o, nil
	case "identical":
		return identical{}, nil
	case "lines":
		return lines{rule: wholeLines, fold: !o.CaseSensitive}, nil
	case "rstripped":
		return lines{rule: strippedLines, fold: !o.CaseSensitive}, nil
	case "standard":
		return lines{rule: tokenLines, fold: !o.CaseSensitive}, nil
	case "whitediff":
		return lines{rule: spacedLines, fold: !o.CaseSensitive}, nil
	case "linecount":
		return lineCount{lines{rule: tokenLines, fold: !o.CaseSensitive}}, nil
	case "sorted":
		return unordered{lines: true, fold: !o.CaseSensitive}, nil
	case "unordered":
		return unordered{fold: !o.CaseSensitive}, nil
	}
	return nil, fmt.Errorf("unknown comparer %q; known are %s", name, strings.Join(Comparers(), ", "))
}

// defaultTolerance is that of floats.
var defaultTolerance = Tolerance{set: true, value: 1e-6, text: "1e-6"}

func defaultComparer(args []string) (Comparer, error) {
	o, err := ParseArgs(args, true)
	if err != nil {
		return nil, err
	}
	return o, nil
}

// comparerArgs reads the arguments of a comparer into Options, of which comparers take what they have a use for.
type comparerArgs struct {
	comparer     string
	floats, fold bool // what it takes
	options      Options
}

func (p *comparerArgs) read(args []string) error {
	p.options.CaseSensitive = true
	seen := map[string]bool{}
	for len(args) > 0 {
		key, value, given := strings.Cut(args[0], "=")
		args = args[1:]
		if seen[key] {
			return fmt.Errorf("%s: %s is given twice", p.comparer, key)
		}
		seen[key] = true
		if p.isSwitch(key) {
			if given {
				return fmt.Errorf("%s: %s takes no value", p.comparer, key)
			}
			continue
		}
		if !p.floats || !slices.Contains([]string{"absolute", "relative", "tolerance", "precision"}, key) {
			return fmt.Errorf("%s: unknown argument %q; known are %s", p.comparer, key, p.known())
		}
		if !given && len(args) > 0 {
			value, given, args = args[0], true, args[1:]
		}
		if !given {
			return fmt.Errorf("%s: %s needs a number after it", p.comparer, key)
		}
		if err := p.tolerance(key, value); err != nil {
			return fmt.Errorf("%s: %s: %w", p.comparer, key, err)
		}
	}
	return nil
}

// isSwitch takes an argument without a value.
func (p *comparerArgs) isSwitch(key string) bool {
	switch {
	case key == "ignore_case" && p.fold:
		p.options.CaseSensitive = false
	case key == "space_sensitive" && p.floats:
		p.options.SpaceSensitive = true
	default:
		return false
	}
	return true
}

func (p *comparerArgs) known() string {
	switch {
	case p.floats:
		return "absolute E, relative E, tolerance E, precision N, ignore_case and space_sensitive"
	case p.fold:
		return "ignore_case"
	}
	return "none"
}

// maxPrecision is the most digits after the point that precision may ask for.
const maxPrecision = 30

// tolerance reads the value of one of the keys that set tolerances.
func (p *comparerArgs) tolerance(key, value string) error {
	o := &p.options
	slots := map[string][]*Tolerance{"absolute": {&o.Absolute}, "relative": {&o.Relative}}[key]
	if slots == nil {
		slots = []*Tolerance{&o.Absolute, &o.Relative}
	}
	if key == "precision" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > maxPrecision {
			return fmt.Errorf("%q is not a number of digits from 0 to %d", value, maxPrecision)
		}
		value = "1e-" + strconv.Itoa(n)
	}
	t, err := ParseTolerance(value)
	if err != nil {
		return err
	}
	for _, slot := range slots {
		if slot.set {
			return errors.New("gives a tolerance that was given before")
		}
		*slot = t
	}
	return nil
}
