package checker

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// grammar is the format's own, written down a second time.
var grammar = regexp.MustCompile(`^[+-]?([0-9]*\.[0-9]+|[0-9]+\.|[0-9]+)([eE][+-]?[0-9]+)?$`)

func TestNumberGrammar(t *testing.T) {
	for token, want := range map[string]bool{
		"0": true, "-1": true, "+1": true, "1.": true, ".5": true, "1.5e-3": true, "1.e5": true, "1E+5": true, "007": true,
		"": false, "+": false, ".": false, "-.": false, "e5": false, ".e5": false, "1e": false, "1e+": false, "1.2.3": false,
		"0x10": false, "inf": false, "nan": false, "1_0": false, "1,5": false, "--1": false, "1 ": false, "1f": false,
	} {
		if got := isNumber([]byte(token)); got != want {
			t.Errorf("isNumber(%q) = %t, want %t", token, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`[-+.0-9eEx_]{0,8}`).Draw(t, "token")
		if got, want := isNumber([]byte(token)), grammar.MatchString(token); got != want {
			t.Fatalf("isNumber(%q) = %t, want %t", token, got, want)
		}
	})
}

// TestToleranceIsExact holds close against the definition in rational numbers.
func TestToleranceIsExact(t *testing.T) {
	number := rapid.StringMatching(`[+-]?[0-9]{1,3}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		output, answer := number.Draw(t, "output"), number.Draw(t, "answer")
		if rapid.Bool().Draw(t, "near") {
			output = answer + rapid.SampledFrom([]string{"", "e0", "e1", "e-1"}).Draw(t, "change")
		}
		if !isNumber([]byte(output)) {
			return
		}
		absolute := rapid.SampledFrom([]string{"0", "0.1", "1e-9", "0.9", "9", "1e30"}).Draw(t, "absolute")
		relative := rapid.SampledFrom([]string{"0", "0.1", "1e-9", "0.9", "9"}).Draw(t, "relative")
		want := within(output, answer, absolute, relative)
		if got := optionsOf(t, absolute, relative).close([]byte(output), []byte(answer)); got != want {
			t.Fatalf("%s for %s with absolute %s and relative %s: %t, want %t", output, answer, absolute, relative, got, want)
		}
	})
}

func optionsOf(t *rapid.T, absolute, relative string) Options {
	o, err := ParseArgs([]string{"float_absolute_tolerance", absolute, "float_relative_tolerance", relative}, true)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func within(output, answer, absolute, relative string) bool {
	s, a, abs, rel := rational(output), rational(answer), rational(absolute), rational(relative)
	diff := new(big.Rat).Abs(s.Sub(s, a))
	return diff.Cmp(abs) <= 0 || diff.Cmp(rel.Mul(rel, a.Abs(a))) <= 0
}

func rational(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

func TestParseTellsOverflow(t *testing.T) {
	if v := parse([]byte("-1e400")); !math.IsInf(v, -1) {
		t.Errorf("parse(-1e400) = %v, want -Inf", v)
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1", "-1.5e3", ".5", "1e400", "1e-400", "0x1", "inf", "1e99999999999"} {
		f.Add(s, "1")
	}
	f.Fuzz(func(t *testing.T, output, answer string) {
		if got, want := isNumber([]byte(output)), grammar.MatchString(output); got != want {
			t.Fatalf("isNumber(%q) = %t, want %t", output, got, want)
		}
		if !isNumber([]byte(output)) || !isNumber([]byte(answer)) {
			return
		}
		if _, err := strconv.ParseFloat(output, 64); err != nil && !math.IsInf(parse([]byte(output)), 0) {
			t.Fatalf("parse(%q) is finite, but %v", output, err)
		}
		o, err := ParseArgs([]string{"float_tolerance", "1"}, true)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsInf(parse([]byte(answer)), 0) && math.IsInf(parse([]byte(output)), 0) && o.close([]byte(output), []byte(answer)) {
			t.Fatalf("%s is met by %s, which is too large", answer, output)
		}
	})
}
