package language

import (
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/verdict"
)

// What the compiler said is cut, what is to be said about it is not, and all of it can be asked for.
func TestCompileLog(t *testing.T) {
	for name, tt := range map[string]struct {
		said, note string
		log, full  string
		truncated  bool
	}{
		"nothing":           {"", "", "", "", false},
		"short":             {"a warning\n", "", "a warning\n", "", false},
		"long":              {strings.Repeat("x", 30), "", strings.Repeat("x", 20), strings.Repeat("x", 30), true},
		"with a note":       {"a", "no program", "a\nno program\n", "", false},
		"long, with a note": {strings.Repeat("x", 30), "stopped", strings.Repeat("x", 12) + "stopped\n", strings.Repeat("x", 30) + "\nstopped\n", true},
		"U+0000":            {"a\x00", "", "(each U+0000 is show", "(each U+0000 is shown as \uFFFD)\na\uFFFD", true},
		"binary":            {"\xff\n", "", "\uFFFD\n", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			j := &compilation{out: &Compilation{}}
			j.log.WriteString(tt.said)
			if tt.note != "" {
				j.fail(verdict.ReasonCompiler, tt.note)
			}
			j.tell(20)
			if o := j.out; o.Log != tt.log || o.FullLog != tt.full || o.Truncated != tt.truncated {
				t.Errorf("log %q, full %q, truncated %v; want %q, %q, %v", o.Log, o.FullLog, o.Truncated, tt.log, tt.full, tt.truncated)
			}
		})
	}
}
