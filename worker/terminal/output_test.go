package terminal

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestOutputOnTerminal(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	out := &Output{Stdout: &stdout, Stderr: &stderr, colour: true, Progress: true}
	out.Progressf("1 of %d", 2)
	out.Linef("%s done", out.Mark(true))
	out.Done()
	if want := "\x1b[32mok  \x1b[0m done\n"; stdout.String() != want {
		t.Errorf("stdout = %q, want %q", stdout.String(), want)
	}
	if want := "1 of 2\r\x1b[K"; stderr.String() != want {
		t.Errorf("stderr = %q, want %q: a progress line is wiped once", stderr.String(), want)
	}
}

// A progress line never takes more than one row: it could not be erased.
func TestProgressFitsTerminal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		columns int
		text    string
		want    string
	}{
		{"fits", 11, "0123456789", "0123456789"},
		{"too long", 10, "0123456789", "01234567…"},
		{"wide characters", 10, "问题问题问题", "问题问题…"},
		{"combining characters", 6, "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301e\u0301…"},
		{"joined emoji", 4, "👩\u200d💻👩\u200d💻", "👩\u200d💻…"},
		{"line breaks and escape sequences", 40, "a\nb\x1b[2Jc", "a\ufffdb\ufffd[2Jc"},
		{"nearly no room", 1, "0123456789", ""},
		{"unknown width", 0, strings.Repeat("x", 200), strings.Repeat("x", 78) + "…"},
	} {
		var stderr bytes.Buffer
		out := &Output{Stdout: io.Discard, Stderr: &stderr, Progress: true, columns: func() int { return tt.columns }}
		out.Progressf("%s", tt.text)
		if stderr.String() != tt.want {
			t.Errorf("%s: progress is %q, want %q", tt.name, stderr.String(), tt.want)
		}
	}
}

// Columns line up where characters are two columns wide, or where colours are between them.
func TestTableOfWideText(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	out := &Output{Stdout: &stdout, Stderr: io.Discard, colour: true}
	out.Table([][]string{{"José", "1"}, {"题", "2"}, {out.Paint(Red, "WA"), "3"}})
	if want := "José  1\n题    2\n\x1b[31mWA\x1b[0m    3\n"; stdout.String() != want {
		t.Errorf("stdout = %q, want %q", stdout.String(), want)
	}
}

func TestOutputInPipe(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	out := &Output{Stdout: &stdout, Stderr: &stderr}
	out.Progressf("never seen")
	out.Table([][]string{{"a", "bb"}, {"ccc", "é"}, {"d", ""}})
	out.Notef("%s", out.Paint(Red, "plain"))
	if want := "a    bb\nccc  é\nd\n"; stdout.String() != want {
		t.Errorf("stdout = %q, want %q", stdout.String(), want)
	}
	if want := "plain\n"; stderr.String() != want {
		t.Errorf("stderr = %q, want %q", stderr.String(), want)
	}
}
