package checker_test

import (
	"testing"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/checker"
)

func FuzzCompare(f *testing.F) {
	for _, s := range [][2]string{
		{"", ""},
		{"1 2 3\n", "1 2 3\n"},
		{"1.0 x", "1 X"},
		{"1e400", "10e399"},
		{"\x00\xff", "\xff\x00"},
		{" a\n", "a"},
	} {
		f.Add([]byte(s[0]), []byte(s[1]), uint8(0xff))
	}
	sets := []string{"", "case_sensitive", "space_change_sensitive", "float_tolerance 1e-6", "float_relative_tolerance 0.1 space_change_sensitive"}
	f.Fuzz(func(t *testing.T, output, answer []byte, set uint8) {
		o := options(t, sets[int(set)%len(sets)])
		r := checker.Compare(output, answer, o)
		switch r.Decision {
		case checker.Accepted:
			if r.JudgeMessage != "" || r.Difference != nil {
				t.Errorf("accepted, and yet %+v", r)
			}
		case checker.Wrong:
			if !utf8.ValidString(r.JudgeMessage) || r.Difference.Output > len(output) || r.Difference.Answer > len(answer) {
				t.Errorf("bad message or place: %+v %+v", r, r.Difference)
			}
		case checker.Error, checker.Partial:
			t.Errorf("the default validator accepts or rejects: %+v", r)
		}
		if self := checker.Compare(output, output, o); self.Decision != checker.Accepted {
			t.Errorf("Compare(%q, itself) = %+v", output, self)
		}
	})
}
