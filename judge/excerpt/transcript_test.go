package excerpt

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/sandbox"
)

func TestTranscript(t *testing.T) {
	at := func(ms int, byProgram bool, data string) sandbox.Turn {
		return sandbox.Turn{At: time.Duration(ms) * time.Millisecond, ByProgram: byProgram, Size: len(data), Data: []byte(data)}
	}
	long := at(4, true, strings.Repeat("x", 300)+"\n")
	cut := at(5, true, "start")
	cut.Size = 1000
	got := Transcript(sandbox.Transcript{
		Beginning: []sandbox.Turn{at(1, false, "1 2\n3\n"), at(2, true, "42\n"), at(3, true, "no end"), long, cut},
		Omitted:   7,
		End:       []sandbox.Turn{at(12345, false, "\xff\x1b[2J\tok\n"), at(12346, true, "\n")},
	})
	want := "[  0.001s/4]>: 1 2\n" +
		"[  0.001s/2]>: 3\n" +
		"[  0.002s/3]<: 42\n" +
		"[  0.003s/6]<: no end\\\n" +
		"[  0.004s/301]<: " + strings.Repeat("x", 200) + "...\n" +
		"[  0.005s/5]<: start\\\n" +
		"[  0.005s/995]<: ...\n" +
		"... 7 more ...\n" +
		"[ 12.345s/9]>: \uFFFD\uFFFD[2J\tok\n" +
		"[ 12.346s/1]<: \n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}
}

func TestSaidWhole(t *testing.T) {
	whole := sandbox.Turn{Size: 2, Data: []byte("a\n")}
	long := strings.Repeat("x", longestLine)
	for name, tt := range map[string]struct {
		c    sandbox.Transcript
		want bool
	}{
		"nothing":   {sandbox.Transcript{}, true},
		"all of it": {sandbox.Transcript{Beginning: []sandbox.Turn{whole}, End: []sandbox.Turn{whole}}, true},
		"a gap":     {sandbox.Transcript{Beginning: []sandbox.Turn{whole}, Omitted: 1}, false},
		"cut":       {sandbox.Transcript{End: []sandbox.Turn{{Size: 3, Data: []byte("a\n")}}}, false},
		"long line": {sandbox.Transcript{Beginning: []sandbox.Turn{{Size: len(long) + 1, Data: []byte(long + "\n")}}}, true},
		"too long":  {sandbox.Transcript{Beginning: []sandbox.Turn{{Size: len(long) + 2, Data: []byte(long + "x\n")}}}, false},
	} {
		if got := SaidWhole(tt.c); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestTranscriptIsBounded(t *testing.T) {
	var c sandbox.Transcript
	for range 400 {
		c.Beginning = append(c.Beginning, sandbox.Turn{Size: 512, Data: []byte(strings.Repeat("\n", 512))})
		c.End = append(c.End, sandbox.Turn{Size: 512, Data: []byte(strings.Repeat("\xf0", 512))})
	}
	got := Shorten(Transcript(c), MaxTranscript)
	if len(got) > MaxTranscript || !utf8.ValidString(got) || !strings.Contains(got, "\n...\n") || !strings.HasSuffix(got, "\n") {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-20:])
	}
}
