package checker

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// slow is the default output validator as its specification is written, one sentence after the other, without a thought
// for time: texts are cut into runs by a regular expression, and numbers are rational.
type slow struct {
	caseSensitive, spaceSensitive bool
	absolute, relative            *big.Rat // nil when not given
}

// runs cuts a text of bytes, each made a character, into runs of white space and tokens.
var runs = regexp.MustCompile(`[ \t\n\v\f\r]+|[^ \t\n\v\f\r]+`)

func (v slow) accepts(output, answer string) bool {
	x, y := v.pieces(output), v.pieces(answer)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] && (space(x[i]) || space(y[i]) || !v.tokenAccepts(x[i], y[i])) {
			return false
		}
	}
	return true
}

// pieces are the tokens, and the white space too where it matters.
func (v slow) pieces(text string) []string {
	var wide strings.Builder
	for i := range len(text) {
		wide.WriteRune(rune(text[i]))
	}
	var kept []string
	for _, piece := range runs.FindAllString(wide.String(), -1) {
		if v.spaceSensitive || !space(piece) {
			kept = append(kept, piece)
		}
	}
	return kept
}

func space(piece string) bool { return strings.Trim(piece, " \t\n\v\f\r") == "" }

func (v slow) tokenAccepts(output, answer string) bool {
	if (v.absolute != nil || v.relative != nil) && grammar.MatchString(answer) {
		return grammar.MatchString(output) && v.numberAccepts(output, answer)
	}
	if v.caseSensitive {
		return output == answer
	}
	return foldASCII(output) == foldASCII(answer)
}

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// numberAccepts: numbers beyond float64 are only met by the same number.
func (v slow) numberAccepts(output, answer string) bool {
	s, a := rational(output), rational(answer)
	if beyond(s) || beyond(a) {
		return s.Cmp(a) == 0
	}
	diff := new(big.Rat).Abs(new(big.Rat).Sub(s, a))
	if v.absolute != nil && diff.Cmp(v.absolute) <= 0 {
		return true
	}
	return v.relative != nil && diff.Cmp(new(big.Rat).Mul(v.relative, new(big.Rat).Abs(a))) <= 0
}

func beyond(x *big.Rat) bool {
	f, _ := x.Float64()
	return math.IsInf(f, 0)
}

var tolerances = []string{"", "0", "0.05", "1e-9", "1", "3"}

func drawSlow(t *rapid.T) (slow, []string) {
	var v slow
	var args []string
	if v.caseSensitive = rapid.Bool().Draw(t, "case"); v.caseSensitive {
		args = append(args, "case_sensitive")
	}
	if v.spaceSensitive = rapid.Bool().Draw(t, "space"); v.spaceSensitive {
		args = append(args, "space_change_sensitive")
	}
	for name, to := range map[string]**big.Rat{"float_absolute_tolerance": &v.absolute, "float_relative_tolerance": &v.relative} {
		if text := rapid.SampledFrom(tolerances).Draw(t, name); text != "" {
			*to = rational(text)
			args = append(args, name, text)
		}
	}
	return v, args
}

func TestCompareAgreesWithItsSpecification(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"a", "A", "yes", "YES", "\xc4", "\xe4", "\x85", "\x00", "1", "1.0", "1e0", "+1.", "1.05", "0.95", "1.0500000000000000001",
		"-0", "0", "2", "-1", "100", "105", "9007199254740993", "9007199254740992", "inf", "INF", "nan", "0x1", "1_0", "1e400", "10e399",
		"-1e400", "1e-400", "1e", "1e309", "1.7976931348623157e308", ".", "é",
	})
	gap := rapid.SampledFrom([]string{" ", " ", "\n", "\n", "  ", "\t", "\r\n", "\v", "\f", ""})
	text := rapid.SliceOfN(rapid.OneOf(gap, piece), 0, 10)
	rapid.Check(t, func(t *rapid.T) {
		v, args := drawSlow(t)
		expected, got := text.Draw(t, "answer"), text.Draw(t, "output")
		if len(expected) > 0 && rapid.Bool().Draw(t, "near") { // one piece of the answer is another
			got = slices.Clone(expected)
			got[rapid.IntRange(0, len(got)-1).Draw(t, "place")] = rapid.OneOf(gap, piece).Draw(t, "new")
		}
		output, answer := strings.Join(got, rapid.SampledFrom([]string{"", " "}).Draw(t, "glue")), strings.Join(expected, " ")
		if slow := regexp.MustCompile(`[eE][+-]?[0-9]{4}`); slow.MatchString(output) {
			return // too slow as a rational number
		}
		o, err := ParseArgs(args, true)
		if err != nil {
			t.Fatal(err)
		}
		if r, want := Compare([]byte(output), []byte(answer), o), v.accepts(output, answer); (r.Decision == Accepted) != want {
			t.Fatalf("Compare(%q, %q) with %q = %+v, want accepted: %t", output, answer, args, r, want)
		}
	})
}

// FuzzCompareAgainstSpecification is the same with bytes that nobody thought of.
func FuzzCompareAgainstSpecification(f *testing.F) {
	f.Add("1.0 a\n", "1 A", uint8(0), "0.1")
	f.Add("1e400", "10e399", uint8(1), "1e-6")
	f.Add(" a\t\n", "a", uint8(2), "")
	f.Add("\x85\xa0", "\xa0", uint8(3), "0")
	f.Fuzz(func(t *testing.T, output, answer string, flags uint8, tolerance string) {
		for word := range strings.FieldsSeq(output + " " + answer + " " + tolerance) {
			if i := strings.IndexAny(word, "eE"); len(word) > 40 || i >= 0 && len(word)-i > 4 {
				return // too slow as rational numbers, and rounded by the fast way
			}
		}
		v := slow{caseSensitive: flags&1 != 0, spaceSensitive: flags&2 != 0}
		o := Options{CaseSensitive: v.caseSensitive, SpaceSensitive: v.spaceSensitive}
		if bound, err := ParseTolerance(tolerance); err == nil && tolerance != "" {
			if flags&4 != 0 {
				o.Absolute, v.absolute = bound, rational(tolerance)
			}
			if flags&8 != 0 {
				o.Relative, v.relative = bound, rational(tolerance)
			}
		}
		if got, want := Compare([]byte(output), []byte(answer), o), v.accepts(output, answer); (got.Decision == Accepted) != want {
			t.Fatalf("Compare(%q, %q) with %+v = %+v, want accepted: %t", output, answer, o, got, want)
		}
	})
}
