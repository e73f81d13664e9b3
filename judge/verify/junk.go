package verify

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
)

// junkTests is how many test cases are broken, or answered with junk: the smallest, so that this takes no time. junkSize
// bounds their inputs in bytes.
const (
	junkTests = 3
	junkSize  = 1 << 20
)

// sample is a text that is not what it should be.
type sample struct {
	what string
	text []byte
}

// junk is what no problem has for an input or an output.
func junk() []sample {
	noise := make([]byte, 96)
	for i := range noise {
		noise[i] = byte(i*i*7 + i*31 + 128) // any bytes, the same each time
	}
	return []sample{
		{"nothing at all", nil},
		{"random bytes", noise},
		{"signs and words", []byte("%$?! ;; lorem\t<ipsum> \\0 {}\n~~ @@ !!\n")},
	}
}

// mutation makes a mistake in a sound text; ok is false where that is not possible.
type mutation struct {
	what  string
	apply func(text []byte) (broken []byte, ok bool)
	// lines says that the mistake is about line ends alone.
	lines bool
}

var anyNumber = regexp.MustCompile(`(?m)(^|[ \t])(-?)([1-9][0-9]*)($|[ \t])`)

// mutations are the mistakes that people make when they write inputs by hand, and that no validator should let pass: a
// reader of lines or of characters fails on each of them.
func mutations() []mutation {
	replace := func(old, by string) func([]byte) ([]byte, bool) {
		return func(text []byte) ([]byte, bool) {
			return bytes.Replace(text, []byte(old), []byte(by), 1), bytes.Contains(text, []byte(old))
		}
	}
	number := func(by string) func([]byte) ([]byte, bool) {
		return func(text []byte) ([]byte, bool) {
			at := anyNumber.FindSubmatchIndex(text)
			if at == nil {
				return nil, false
			}
			return slices.Concat(text[:at[0]], anyNumber.Expand(nil, []byte(by), text, at), text[at[1]:]), true
		}
	}
	around := func(before, after string) func([]byte) ([]byte, bool) {
		return func(text []byte) ([]byte, bool) {
			return slices.Concat([]byte(before), text, []byte(after)), len(bytes.TrimSpace(text)) > 0
		}
	}
	return []mutation{
		{what: "a blank before a line end", apply: replace("\n", " \n")},
		{what: "two blanks in a row", apply: replace(" ", "  ")},
		{what: "a blank at the start", apply: around(" ", "")},
		{what: "an empty line at the end", apply: around("", "\n")},
		{what: "no newline at the end", apply: func(text []byte) ([]byte, bool) { return bytes.CutSuffix(text, []byte("\n")) }, lines: true},
		{what: "lines that end with CR LF", apply: func(text []byte) ([]byte, bool) {
			return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), bytes.Contains(text, []byte("\n"))
		}, lines: true},
		{what: "a number with leading zeros", apply: number("${1}${2}00${3}${4}")},
		{what: "a number with a plus sign", apply: number("${1}+${3}${4}")},
		{what: "a word for a number", apply: number("${1}many${4}")},
		{what: "junk behind the end", apply: around("", "\x07 }{ junk\n")},
	}
}

// smallest lists the test cases with the smallest inputs, secret ones before samples.
func (c *dataCheck) smallest(n int) []*problem.Test {
	type sized struct {
		test *problem.Test
		size int64
	}
	var all []sized
	for _, t := range c.problem.Tests {
		if info, err := os.Stat(t.Input); err == nil && info.Size() > 0 && info.Size() <= junkSize {
			all = append(all, sized{t, info.Size()})
		}
	}
	slices.SortStableFunc(all, func(a, b sized) int {
		if a.test.Sample != b.test.Sample {
			if b.test.Sample {
				return -1
			}
			return 1
		}
		return int(a.size - b.size)
	})
	tests := make([]*problem.Test, min(n, len(all)))
	for i := range tests {
		tests[i] = all[i].test
	}
	return tests
}

// lax looks for broken inputs that no input validator refuses. A mistake counts when it passes in every input that it was
// made in: in a single one it may make another sound input.
func (c *dataCheck) lax(ctx context.Context) (said, error) {
	var accepted []string
	tried := 0
	count := func(what string, passed bool) {
		if tried++; passed {
			accepted = append(accepted, what)
		}
	}
	for _, s := range junk() {
		refused, err := c.refuses(ctx, c.problem.Tests[len(c.problem.Tests)-1], s.text)
		if err != nil {
			return said{}, err
		}
		count(s.what, !refused)
	}
	tests := c.smallest(junkTests)
	for _, m := range mutations() {
		made, refused, err := c.mutate(ctx, m, tests)
		if err != nil {
			return said{}, err
		}
		if made {
			count(m.what, !refused)
		}
	}
	switch len(accepted) {
	case 0:
		return said{}, nil
	case tried:
		return said{"", fmt.Sprintf("the input validators accept everything: each of %d broken inputs, such as %s", tried, accepted[0]), true}, nil
	}
	return said{"", "no input validator refuses an input with " + strings.Join(accepted, ", "), true}, nil
}

// mutate makes a mistake in some inputs, and says whether it was possible in any, and refused in any.
func (c *dataCheck) mutate(ctx context.Context, m mutation, tests []*problem.Test) (made, refused bool, err error) {
	if m.lines && slices.ContainsFunc(c.inputs, func(v inputProgram) bool { return v.tolerant }) {
		return false, false, nil
	}
	for _, t := range tests {
		text, err := os.ReadFile(t.Input)
		if err != nil {
			return false, false, fmt.Errorf("read test data: %w", err)
		}
		broken, ok := m.apply(text)
		if !ok {
			continue
		}
		made = true
		if refused, err = c.refuses(ctx, t, broken); refused || err != nil {
			return made, refused, err
		}
	}
	return made, false, nil
}

// refuses says whether some input validator does not accept an input. One that fails on it has not accepted it either.
func (c *dataCheck) refuses(ctx context.Context, t *problem.Test, input []byte) (bool, error) {
	for i := range c.inputs {
		if r, err := c.askAbout(ctx, i, t, input); err != nil || r.Decision != checker.Accepted {
			return true, err
		}
	}
	return false, nil
}

// junkOutput asks the output validator about outputs of a test case that are none. It must not fail on them, whatever a
// submission says; to accept one is mostly a mistake.
func (c *dataCheck) junkOutput(ctx context.Context, t *problem.Test) (said, error) {
	answer, err := os.ReadFile(t.Answer)
	if err != nil {
		return said{}, fmt.Errorf("read test data: %w", err)
	}
	outputs := junk()
	if empty := len(bytes.TrimSpace(answer)) == 0; empty {
		outputs = outputs[1:]
	} else {
		outputs = append(outputs, sample{"the answer with junk behind it", append(slices.Clone(answer), "\njunk 17 ;\n"...)})
	}
	var accepted []string
	for _, o := range outputs {
		r, err := c.judge.CheckOutput(ctx, c.problem, c.output, t, o.text)
		switch {
		case err != nil:
			return said{}, err
		case r.Decision == checker.Error:
			return said{"outputs that the validator fails on", fmt.Sprintf("%s fails on an output of %s for %s, which would be a judge error: %s",
				c.problem.Validator.Path, o.what, t.Name, cut(r.JudgeMessage)), true}, nil
		case r.Decision == checker.Accepted && !c.problem.Scores: // with scores, it may have given none
			accepted = append(accepted, o.what)
		}
	}
	if len(accepted) == 0 {
		return said{}, nil
	}
	return said{"outputs that the validator accepts", fmt.Sprintf("%s accepts for %s: %s", c.problem.Validator.Path, t.Name, strings.Join(accepted, ", ")), true}, nil
}

// cut leaves the beginning and the end of a long message.
func cut(message string) string {
	const first, last = 100, 200
	message = strings.Join(strings.Fields(message), " ")
	if len(message) <= first+last {
		return message
	}
	return strings.ToValidUTF8(message[:first]+" ... "+message[len(message)-last:], "")
}
