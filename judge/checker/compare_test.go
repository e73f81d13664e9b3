package checker_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
)

func options(t testing.TB, args string) checker.Options {
	t.Helper()
	o, err := checker.ParseArgs(strings.Fields(args), false)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCompare(t *testing.T) {
	const ac, wa = checker.Accepted, checker.Wrong
	tests := map[string]struct {
		args, output, answer string
		want                 checker.Decision
	}{
		"same":                        {"", "1 2 3\n", "1 2 3\n", ac},
		"both empty":                  {"", "", "", ac},
		"blank and empty":             {"", " \n\t", "", ac},
		"white space of all kinds":    {"", "\v1\f2\r\n3\t4", "1 2 3 4\n", ac},
		"no white space: 0x85, 0xa0":  {"", "1\x852", "1 2", wa},
		"no white space: NUL":         {"", "1\x002", "1 2", wa},
		"no white space: U+2003":      {"", "1\u20032", "1 2", wa},
		"token missing":               {"", "1 2", "1 2 3", wa},
		"token too many":              {"", "1 2 3", "1 2", wa},
		"joined tokens":               {"", "12", "1 2", wa},
		"prefix of a token":           {"", "12", "123", wa},
		"longer token":                {"", "1234", "123", wa},
		"case does not matter":        {"", "YES no", "yes NO", ac},
		"case of other letters":       {"", "\u00c4", "\u00e4", wa},
		"case: neighbours of letters": {"", "@[`{", "`{@[", wa},
		"case matters":                {"case_sensitive", "YES", "yes", wa},
		"case the same":               {"case_sensitive", "YES", " YES\n", ac},
		"not UTF-8":                   {"", "\xff\xfe", "\xff\xfe", ac},
		"not UTF-8, other":            {"", "\xff\xfe", "\xff\xff", wa},

		"space: same":           {"space_change_sensitive", "1  2\n", "1  2\n", ac},
		"space: amount":         {"space_change_sensitive", "1 2\n", "1  2\n", wa},
		"space: kind":           {"space_change_sensitive", "1\t2\n", "1 2\n", wa},
		"space: leading":        {"space_change_sensitive", " 1\n", "1\n", wa},
		"space: trailing":       {"space_change_sensitive", "1\n\n", "1\n", wa},
		"space: no end of line": {"space_change_sensitive", "1", "1\n", wa},
		"space: CR":             {"space_change_sensitive", "1\r\n", "1\n", wa},
		"space: only":           {"space_change_sensitive", " ", "", wa},
		"space: with case":      {"space_change_sensitive", "A b", "a B", ac},
		"space: with numbers":   {"space_change_sensitive float_tolerance 1", "1.5 2", "1 2", ac},

		"number: no tolerance":       {"", "1.0", "1", wa},
		"number: same value":         {"float_tolerance 0", "1.0", "1", ac},
		"number: integers too":       {"float_absolute_tolerance 1", "5", "6", ac},
		"number: absolute":           {"float_absolute_tolerance 1e-3", "1000.001", "1000", ac},
		"number: absolute, too far":  {"float_absolute_tolerance 1e-3", "1000.0011", "1000", wa},
		"number: relative":           {"float_relative_tolerance 1e-3", "1001", "1000", ac},
		"number: relative, too far":  {"float_relative_tolerance 1e-3", "1001.1", "1000", wa},
		"number: relative to answer": {"float_relative_tolerance 0.1", "100", "90.9", wa},
		"number: relative to zero":   {"float_relative_tolerance 1", "1e-300", "0", wa},
		"number: either":             {"float_absolute_tolerance 1e-9 float_relative_tolerance 1e-3", "1001", "1000", ac},
		"number: negative":           {"float_relative_tolerance 1e-3", "-1001", "-1000", ac},
		"number: signs differ":       {"float_tolerance 0.5", "-1", "1", wa},
		"number: minus zero":         {"float_tolerance 0", "-0", "0", ac},
		"number: exponent":           {"float_tolerance 0", "1e2", "100", ac},
		"number: plus":               {"float_tolerance 0", "+.5E+1", "5.", ac},
		"number: last one wins":      {"float_tolerance 1 float_tolerance 0", "1.5", "1", wa},

		"border: 0.4 is within 0.1 of 0.3":      {"float_absolute_tolerance 0.1", "0.4", "0.3", ac},
		"border: just over":                     {"float_absolute_tolerance 0.1", "0.40000000000000000000001", "0.3", wa},
		"border: relative":                      {"float_relative_tolerance 0.1", "0.33", "0.3", ac},
		"border: equal to many digits":          {"float_tolerance 0", "0.1000000000000000000000000000001", "0.1", wa},
		"border: equal beyond float64":          {"float_tolerance 0", "9007199254740993", "9007199254740992", wa},
		"border: difference overflows":          {"float_relative_tolerance 0.5", "1e308", "-1e308", wa},
		"border: difference and bound overflow": {"float_relative_tolerance 3", "1e308", "-1e308", ac},

		"word where a number is due":  {"float_tolerance 1", "one", "1", wa},
		"number where a word is due":  {"float_tolerance 1", "1", "one", wa},
		"words beside numbers":        {"float_tolerance 1", "Case 1: 2.5", "case 1: 2", ac},
		"hexadecimal is a word":       {"float_tolerance 1", "16", "0x10", wa},
		"hexadecimal is the same":     {"float_tolerance 1", "0X10", "0x10", ac},
		"hexadecimal for a number":    {"float_tolerance 1", "0x10", "16", wa},
		"inf is a word":               {"float_tolerance 1", "INF", "inf", ac},
		"inf for a number":            {"float_tolerance 1", "inf", "1", wa},
		"number for inf":              {"float_relative_tolerance 1", "1", "inf", wa},
		"nan for a number":            {"float_tolerance 1", "nan", "1", wa},
		"underscores":                 {"float_tolerance 1", "1_000", "1000", wa},
		"huge: same":                  {"float_tolerance 1e-6", "1e400", "1e400", ac},
		"huge: same, other words":     {"float_tolerance 1e-6", "10e399", "1e400", ac},
		"huge: others":                {"float_tolerance 1e-6", "2e400", "1e400", wa},
		"huge: finite for huge":       {"float_relative_tolerance 1", "5", "1e400", wa},
		"huge: huge for finite":       {"float_relative_tolerance 1", "1e400", "5", wa},
		"huge: signs differ":          {"float_tolerance 1", "-1e400", "1e400", wa},
		"huge: exponent overflows":    {"float_tolerance 1", "1e99999999999999999999", "2e99999999999999999999", wa},
		"tiny":                        {"float_tolerance 0", "1e-99999999999999999999", "0", ac},
		"tiny for nothing":            {"float_absolute_tolerance 1e-9", "1e-400", "0", ac},
		"long, but close":             {"float_tolerance 1e-9", "1." + strings.Repeat("0", 5000), "1", ac},
		"long, with a long tolerance": {"float_tolerance 0", strings.Repeat("9", 5000), strings.Repeat("9", 4999) + "8", wa},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := checker.Compare([]byte(tt.output), []byte(tt.answer), options(t, tt.args))
			if got.Decision != tt.want {
				t.Errorf("Compare(%q, %q) with %q = %v (%s), want %v", tt.output, tt.answer, tt.args, got.Decision, got.JudgeMessage, tt.want)
			}
		})
	}
}

func TestCompareTells(t *testing.T) {
	tests := map[string]struct {
		args, output, answer string
		want                 checker.Result
	}{
		"token": {"", "a\n\nb x", "a\nb y", checker.Result{
			JudgeMessage: `Wrong answer on line 3 of output (corresponding to line 2 in answer file): got "x", expected "y"`,
			Difference:   &checker.Difference{Answer: 4, Output: 5},
		}},
		"end of output": {"", "a\n", "a\nb", checker.Result{
			JudgeMessage: `Wrong answer on line 2 of output (corresponding to line 2 in answer file): the output ends, expected "b"`,
			Difference:   &checker.Difference{Answer: 2, Output: 2},
		}},
		"goes on": {"", "a b", "a", checker.Result{
			JudgeMessage: `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got "b", expected the end of the output`,
			Difference:   &checker.Difference{Answer: 1, Output: 2},
		}},
		"not a number": {"float_tolerance 1", "x", "1", checker.Result{
			JudgeMessage: `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got "x", expected a number close to "1"`,
			Difference:   &checker.Difference{},
		}},
		"too far": {"float_tolerance 1", "3", "1", checker.Result{
			JudgeMessage: `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got "3", which is too far from "1"`,
			Difference:   &checker.Difference{},
		}},
		"layout": {"space_change_sensitive", "a  b", "a b", checker.Result{
			Reason:       verdict.ReasonPresentation,
			JudgeMessage: `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got white space "  ", expected " "`,
			Difference:   &checker.Difference{Answer: 1, Output: 1},
		}},
		"layout and more": {"space_change_sensitive", "a  b", "a c", checker.Result{
			JudgeMessage: `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got white space "  ", expected " "`,
			Difference:   &checker.Difference{Answer: 1, Output: 1},
		}},
		"no output": {"", " \n", "x", checker.Result{
			Reason:       verdict.ReasonNoOutput,
			JudgeMessage: `Wrong answer on line 2 of output (corresponding to line 1 in answer file): the output ends, expected "x"`,
			Difference:   &checker.Difference{Answer: 0, Output: 2},
		}},
		"bytes": {"", "\x00\xff\x1b", strings.Repeat("x", 100), checker.Result{
			JudgeMessage: `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got "\x00\xff\x1b", expected "` +
				strings.Repeat("x", 40) + `"... (100 bytes)`,
			Difference: &checker.Difference{},
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.want.Decision = checker.Wrong
			got := checker.Compare([]byte(tt.output), []byte(tt.answer), options(t, tt.args))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// drawText draws outputs that are likely to nearly agree.
func drawText(t *rapid.T, label string) string {
	token := rapid.SampledFrom([]string{"a", "A", "b", "1", "1.0", "1e0", "1.05", "-0", "0", "inf", "0x1", "1e400", "10e399", "\xff", "", " ", "\n", "\t\r"})
	return strings.Join(rapid.SliceOfN(token, 0, 12).Draw(t, label), rapid.SampledFrom([]string{" ", "\n", ""}).Draw(t, "separator"))
}

func drawOptions(t *rapid.T) checker.Options {
	var args []string
	for _, arg := range []string{"case_sensitive", "space_change_sensitive", "float_absolute_tolerance 0.05", "float_relative_tolerance 0.05"} {
		if rapid.Bool().Draw(t, arg) {
			args = append(args, strings.Fields(arg)...)
		}
	}
	o, err := checker.ParseArgs(args, true)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestSameTextIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(drawText(t, "text"))
		if r := checker.Compare(text, bytes.Clone(text), drawOptions(t)); r.Decision != checker.Accepted {
			t.Fatalf("Compare(%q, itself) = %+v", text, r)
		}
	})
}

// TestPrefixChangesNothing holds the shortcut over what both texts begin with against comparing without it: a
// token put in front of both texts moves the difference and decides nothing.
func TestPrefixChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		output, answer, o := drawText(t, "output"), drawText(t, "answer"), drawOptions(t)
		prefix := strings.Repeat("x 1\n", rapid.IntRange(0, 3000).Draw(t, "length"))
		short := checker.Compare([]byte(output), []byte(answer), o)
		long := checker.Compare([]byte(prefix+output), []byte(prefix+answer), o)
		if short.Decision != long.Decision {
			t.Fatalf("Compare(%q, %q) = %v, with a prefix of %d bytes %v", output, answer, short.Decision, len(prefix), long.Decision)
		}
		if d := short.Difference; d != nil && o == (checker.Options{}) && d.Output != long.Difference.Output-len(prefix) {
			t.Fatalf("difference at %+v, with a prefix of %d bytes at %+v", d, len(prefix), long.Difference)
		}
	})
}

// TestLooserOptionsAcceptMore: what is accepted with every option on is accepted without any of the strict ones.
func TestLooserOptionsAcceptMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		output, answer, o := []byte(drawText(t, "output")), []byte(drawText(t, "answer")), drawOptions(t)
		if checker.Compare(output, answer, o).Decision != checker.Accepted {
			return
		}
		o.CaseSensitive, o.SpaceSensitive = false, false
		if r := checker.Compare(output, answer, o); r.Decision != checker.Accepted {
			t.Fatalf("Compare(%q, %q) is accepted, but not with looser options: %+v", output, answer, r)
		}
	})
}

// TestTokensDecide holds the comparison against strings.Fields on text whose white space is ASCII.
func TestTokensDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		output, answer := drawText(t, "output"), drawText(t, "answer")
		want := checker.Wrong
		if cmp.Equal(strings.Fields(output), strings.Fields(answer)) {
			want = checker.Accepted
		}
		if r := checker.Compare([]byte(output), []byte(answer), checker.Options{CaseSensitive: true}); r.Decision != want {
			t.Fatalf("Compare(%q, %q) = %v, want %v", output, answer, r.Decision, want)
		}
	})
}

func TestCompareDoesNotAllocate(t *testing.T) {
	answer := bytes.Repeat([]byte("1.000000001 Yes 12345678901234567890.5\n"), 1000)
	output := bytes.Repeat([]byte("1.000000002  yes 12345678901234567891.5 "), 1000)
	o := options(t, "float_tolerance 1e-6")
	if n := testing.AllocsPerRun(10, func() { checker.Compare(output, answer, o) }); n > 1 {
		t.Errorf("%v allocations for 3000 tokens, want at most 1", n)
	}
}

func BenchmarkCompare(b *testing.B) {
	answer := bytes.Repeat([]byte("123456 "), 1<<20)
	spaced := bytes.Repeat([]byte("123456\n"), 1<<20)
	floats := bytes.Repeat([]byte("123457 "), 1<<20)
	for _, bb := range []struct {
		name, args string
		output     []byte
	}{
		{"same", "", bytes.Clone(answer)},
		{"spaced", "", spaced},
		{"floats", "float_tolerance 1e-3", floats},
	} {
		o := options(b, bb.args)
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			for b.Loop() {
				checker.Compare(bb.output, answer, o)
			}
		})
	}
}
