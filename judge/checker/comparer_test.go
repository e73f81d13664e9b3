package checker_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/verdict"
)

func comparer(t testing.TB, text string) checker.Comparer {
	t.Helper()
	words := strings.Fields(text)
	c, err := checker.ParseComparer(words[0], words[1:])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComparers(t *testing.T) {
	const ac, wa, part = checker.Accepted, checker.Wrong, checker.Partial
	const layout, none = verdict.ReasonPresentation, verdict.ReasonNoOutput
	for _, tt := range []struct {
		comparer, output, answer string
		want                     checker.Decision
		reason                   verdict.Reason
	}{
		{"default", "YES", "yes\n", ac, ""},
		{"kattis case_sensitive", "YES", "yes", wa, ""},
		{"default float_tolerance 0.1", "1.05", "1", ac, ""},

		{"tokens", " a\n\nb ", "a b", ac, ""},
		{"tokens", "A", "a", wa, ""},
		{"tokens ignore_case", "A", "a", ac, ""},
		{"wcmp", "1.0", "1", wa, ""},
		{"tokens", "", "a", wa, none},

		{"identical", "a\n", "a\n", ac, ""},
		{"identical", "a", "a\n", wa, layout},
		{"identical", "a \n", "a\n", wa, layout},
		{"exact", "A\n", "a\n", wa, ""},
		{"binary", "\x00", "\x00\x00", wa, ""},
		{"identical", "", "a\n", wa, none},
		{"identical", "", "\n", wa, layout},

		{"lines", "a\nb", "a\nb\n", ac, ""},
		{"lines", "a\nb\n", "a\nb", ac, ""},
		{"lines", "", "\n", ac, ""},
		{"lines", "a\n\n", "a\n", wa, layout},
		{"lines", "a \n", "a\n", wa, layout},
		{"lines", " a\n", "a\n", wa, layout},
		{"lines", "a\r\n", "a\n", wa, layout},
		{"lines", "a\nc\n", "a\nb\n", wa, ""},
		{"lines", "A\nb\n", "a\nB\n", wa, ""},
		{"lines ignore_case", "A\nb\n", "a\nB\n", ac, ""},
		{"fcmp", "a\nb\nc", "a\nb", wa, ""},

		{"rstripped", "a \t\r\nb\v\f\n\n \n", "a\nb", ac, ""},
		{"rstripped", "a\n\nb", "a\n\nb\n\n", ac, ""},
		{"rstripped", "a\nb", "a\n\nb", wa, layout},
		{"rstripped", "\na", "a", wa, layout},
		{"rstripped", " a", "a", wa, layout},
		{"rstripped", "a  b", "a b", wa, layout},
		{"rstripped", " \n\t\n", "", ac, ""},
		{"rstripped", "", "a", wa, none},
		{"trailing ignore_case", "A ", "a", ac, ""},

		{"standard", " a  b \n\n\n c", "a b\nc\n", ac, ""},
		{"white_diff", " a  b \n\n\n", "a b", ac, ""},
		{"whitediff", "a\n\nb\n", "a\nb\n", wa, layout},
		{"whitediff", "\na\n", "a\n", wa, layout},
		{"whitediff", "a\nb\n", "a b\n", wa, layout},
		{"whitediff ignore_case", "A\n", "a", ac, ""},
		{"standard", "a\nb\n", "a b\n", wa, ""},
		{"standard", "a b\n", "a\nb\n", wa, ""},
		{"standard", "a\r\nb\r\n", "a\nb\n", ac, ""},
		{"standard", "", "\n\n", ac, ""},
		{"standard", "a\n", "a\nb\n", wa, ""},
		{"standard", "a\nb\n", "a\n", wa, ""},
		{"standard", "", "a", wa, none},
		{"standard", "A", "a", wa, ""},
		{"standard ignore_case", "A", "a", ac, ""},

		{"floats", "1.0000001 x", "1 x", ac, ""},
		{"floats", "1.1 x", "1 x", wa, ""},
		{"floats", "1 X", "1 x", wa, ""},
		{"floats ignore_case", "1 X", "1 x", ac, ""},
		{"floats absolute 0.1", "1000.1", "1000", ac, ""},
		{"floats absolute=0.1", "1001", "1000", wa, ""},
		{"floats relative 0.1", "1001", "1000", ac, ""},
		{"floats relative 0.1", "0.01", "0", wa, ""},
		{"floats relative=0.1 absolute=0.01", "0.01", "0", ac, ""},
		{"floats tolerance 0.1", "0.1", "0", ac, ""},
		{"floats precision 3", "1.001", "1", ac, ""},
		{"floats precision=4", "1.001", "1", wa, ""},
		{"floats precision 0 space_sensitive", "1  1", "1 1", wa, layout},
		{"rcmp4", "1.0001", "1", ac, ""},
		{"rcmp6", "1.0001", "1", wa, ""},
		{"rcmp9", "1.000000001", "1", ac, ""},

		{"sorted", "b  1\na\n", "a\nb 1\n", ac, ""},
		{"sorted", "b\na\na\n", "a\nb\nb\n", wa, ""},
		{"sorted", "1 b\na\n", "a\nb 1\n", wa, ""},
		{"unordered_lines ignore_case", "B\na\n", "A\nb\n", ac, ""},
		{"sorted", "a\n", "a\na\n", wa, ""},
		{"sorted", "", "a\na\n", wa, none},
		{"sorted", "ab\n", "a b\n", wa, ""},

		{"unordered", "3\n1 2", "1 2 3", ac, ""},
		{"unordered", "3 1 1", "1 3 3", wa, ""},
		{"uncmp", "3 1", "1 3 3", wa, ""},
		{"unordered_tokens ignore_case", "B a", "A b", ac, ""},
		{"unordered", "B a", "A b", wa, ""},
		{"unordered", " ", "1", wa, none},

		{"linecount", "a\nx\nc d\n", "a\nb\nc  d\n", part, ""},
		{"linecount", "a\nb\n", "a\n\nb", ac, ""},
		{"linecount", "x\ny\n", "a\nb\n", wa, ""},
		{"linecount", "a\nb\nc\n", "a\nb\n", wa, ""},
		{"linecount", "a\n", "a\nb\n", part, ""},
		{"linecount", "", "a\nb\n", wa, none},
	} {
		got := comparer(t, tt.comparer).Compare([]byte(tt.output), []byte(tt.answer))
		if got.Decision != tt.want || got.Reason != tt.reason {
			t.Errorf("%s: Compare(%q, %q) = %v %q (%s), want %v %q", tt.comparer, tt.output, tt.answer,
				got.Decision, got.Reason, got.JudgeMessage, tt.want, tt.reason)
		}
	}
}

func TestLineCountScore(t *testing.T) {
	got := comparer(t, "linecount").Compare([]byte("a\nx\nc\n"), []byte("a\nb\nc\nd\n"))
	if want := (verdict.Score{Kind: verdict.ScoreMultiplier, Value: 0.5}); got.Score != want || !strings.HasPrefix(got.JudgeMessage, "2 of 4 lines are right. Wrong answer on line 2") {
		t.Errorf("Compare = %+v, want score %+v", got, want)
	}
}

func TestComparerMessages(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, tt := range []struct{ comparer, output, answer, want string }{
		{"lines", "a\nb\n", "a\nc\n", `Wrong answer on line 2 of output (corresponding to line 2 in answer file): got "b", expected "c"`},
		{"standard", "\n\na\nb\n", "a\n", `Wrong answer on line 4 of output (corresponding to line 2 in answer file): got "b", expected the end of the output`},
		{"standard", "a\n", "a\n\nb\n", `Wrong answer on line 2 of output (corresponding to line 3 in answer file): the output ends, expected "b"`},
		{"identical", "a", "a\n", `Wrong answer on line 1 of output (corresponding to line 1 in answer file): got "a", expected "a\n"`},
		{"lines", long + "1", long + "2", `got "xxxxxxxxxx1"... (byte 90 of 101), expected "xxxxxxxxxx2"... (byte 90 of 101)`},
		{"unordered", "1\n9 2", "1 2 3", `Wrong answer on line 2 of output: got "9", a token that is not in the answer, or not so often`},
		{"unordered", "1 3", "1\n2\n3", `Wrong answer: expected "2", a token on line 2 in answer file that is not in the output, or not so often`},
		{"sorted", "b\n", "a\nb  c\nb\n", `Wrong answer: expected "a", a line on line 1 in answer file that is not in the output, or not so often`},
	} {
		got := comparer(t, tt.comparer).Compare([]byte(tt.output), []byte(tt.answer))
		if !strings.HasSuffix(got.JudgeMessage, tt.want) {
			t.Errorf("%s: Compare(%q, %q) says %q, want %q", tt.comparer, tt.output, tt.answer, got.JudgeMessage, tt.want)
		}
	}
}

func TestParseComparerRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"nosuch":                         `unknown comparer "nosuch"; known are default, tokens, standard,`,
		"tokens float_tolerance 1":       `tokens: unknown argument "float_tolerance"; known are ignore_case`,
		"tokens ignore_case=1":           "tokens: ignore_case takes no value",
		"tokens ignore_case ignore_case": "tokens: ignore_case is given twice",
		"identical ignore_case":          `identical: unknown argument "ignore_case"; known are none`,
		"floats absolute":                "floats: absolute needs a number after it",
		"floats absolute x":              `floats: absolute: tolerance "x" is not a decimal number such as 1e-6`,
		"floats absolute=-1":             `floats: absolute: tolerance "-1" is negative`,
		"floats absolute 1 tolerance 1":  "floats: tolerance: gives a tolerance that was given before",
		"floats precision 1.5":           `floats: precision: "1.5" is not a number of digits from 0 to 30`,
		"floats precision 31":            `floats: precision: "31" is not`,
		"floats near 1":                  `floats: unknown argument "near"; known are absolute E, relative E,`,
		"rcmp4 tolerance 1":              "floats: tolerance is given twice",
		"default nosuch":                 `unknown argument "nosuch"`,
	} {
		words := strings.Fields(text)
		_, err := checker.ParseComparer(words[0], words[1:])
		if !errors.Is(err, checker.ErrComparer) || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseComparer(%q) = %v, want %q", text, err, want)
		}
	}
}

// texts are made of few pieces, so that different ones often have much in common.
func texts() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "A", "b", "1", "1.0", " ", " ", "\n", "\n", "\t", "\r\n", "\v", "\x85", "ab", "\xff"})
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(p []string) string { return strings.Join(p, "") })
}

// tokensOf is strings.Fields for the white space of the C locale.
func tokensOf(text string) []string {
	return strings.FieldsFunc(latin(text), func(r rune) bool { return strings.ContainsRune(" \t\n\v\f\r", r) })
}

// latin makes every byte a character, so that functions for text see bytes.
func latin(text string) string {
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}

// tokenLinesOf are the lines that have tokens, each as its tokens.
func tokenLinesOf(text string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if tokens := tokensOf(line); len(tokens) > 0 {
			all = append(all, strings.Join(tokens, " "))
		}
	}
	return all
}

func strippedLinesOf(text string) []string {
	all := strings.Split(latin(text), "\n")
	for i := range all {
		all[i] = strings.TrimRight(all[i], " \t\v\f\r")
	}
	for len(all) > 0 && all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

func sortedCopy(of func(string) []string) func(string) []string {
	return func(text string) []string {
		all := of(text)
		slices.Sort(all)
		return all
	}
}

// spacedLinesOf are the tokens of each line, without blank lines at the end.
func spacedLinesOf(text string) []string {
	lines := strippedLinesOf(text)
	for i, line := range lines {
		lines[i] = strings.Join(tokensOf(line), " ")
	}
	return lines
}

func TestComparersAgreeWithSlowOnes(t *testing.T) {
	references := map[string]func(string) []string{
		"tokens":    tokensOf,
		"standard":  tokenLinesOf,
		"rstripped": strippedLinesOf,
		"whitediff": spacedLinesOf,
		"lines":     func(text string) []string { return strings.Split(strings.TrimSuffix(latin(text), "\n"), "\n") },
		"identical": func(text string) []string { return []string{text} },
		"sorted":    sortedCopy(tokenLinesOf),
		"unordered": sortedCopy(tokensOf),
	}
	upper := func(s string) string { // of ASCII letters
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				r += 'A' - 'a'
			}
			return r
		}, latin(s))
	}
	for name, canonical := range references {
		for _, fold := range []bool{false, true} {
			if fold && name == "identical" {
				continue
			}
			text := name
			if fold {
				text += " ignore_case"
			}
			t.Run(text, func(t *testing.T) {
				c := comparer(t, text)
				rapid.Check(t, func(t *rapid.T) {
					output, answer := texts().Draw(t, "output"), texts().Draw(t, "answer")
					x, y := canonical(output), canonical(answer)
					if fold {
						x, y = canonical(unlatin(upper(output))), canonical(unlatin(upper(answer)))
					}
					want := slices.Equal(x, y)
					got := c.Compare([]byte(output), []byte(answer))
					if (got.Decision == checker.Accepted) != want {
						t.Fatalf("Compare(%q, %q) = %+v, want accepted: %v", output, answer, got, want)
					}
					checkWrong(t, got, output, answer)
				})
			})
		}
	}
}

func unlatin(text string) string {
	var b []byte
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}

// checkWrong holds what every comparer promises of a result that is not Accepted.
func checkWrong(t interface{ Fatalf(string, ...any) }, r checker.Result, output, answer string) {
	if r.Decision == checker.Accepted {
		if r.JudgeMessage != "" || r.Difference != nil {
			t.Fatalf("accepted, and yet %+v", r)
		}
		return
	}
	if r.JudgeMessage == "" || !utf8.ValidString(r.JudgeMessage) || len(r.JudgeMessage) > 1000 {
		t.Fatalf("message %q", r.JudgeMessage)
	}
	if d := r.Difference; d == nil || d.Output < 0 || d.Answer < 0 || d.Output > len(output) || d.Answer > len(answer) {
		t.Fatalf("difference %+v of %q and %q", d, output, answer)
	}
}

// TestLargeTexts compares 100 MB. Equal ones take no memory and little time with every comparer, and unequal ones are no
// more than linear.
func TestLargeTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("20 MB")
	}
	text := bytes.Repeat([]byte("123456789 abcdefgh\n"), 20<<20/19)
	same := bytes.Clone(text)
	other := append(bytes.Clone(text), "1"...)
	for _, name := range checker.Comparers() {
		c := comparer(t, name)
		if n := testing.AllocsPerRun(1, func() {
			if got := c.Compare(text, same); got.Decision != checker.Accepted {
				t.Errorf("%s: %+v", name, got)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if got := c.Compare(other, text); got.Decision == checker.Accepted {
			t.Errorf("%s: accepted what is not the same", name)
		}
	}
}

func BenchmarkCompareEqual(b *testing.B) {
	text := bytes.Repeat([]byte("123456789 abcdefgh\n"), 100<<20/19)
	same := bytes.Clone(text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if checker.Compare(text, same, checker.Options{}).Decision != checker.Accepted {
			b.Fatal("not accepted")
		}
	}
}

func FuzzComparers(f *testing.F) {
	for i, name := range checker.Comparers() {
		f.Add([]byte("a b\n1.5"), []byte("A\tb\r\n1.5\n\n"), uint8(i))
		f.Add([]byte(name), []byte(""), uint8(i))
	}
	f.Fuzz(func(t *testing.T, output, answer []byte, which uint8) {
		names := checker.Comparers()
		c := comparer(t, names[int(which)%len(names)])
		checkWrong(t, c.Compare(output, answer), string(output), string(answer))
		if self := c.Compare(output, bytes.Clone(output)); self.Decision != checker.Accepted {
			t.Errorf("Compare(%q, itself) = %+v", output, self)
		}
	})
}
