package terminal

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

// onTerminal collects what is printed on a terminal of so many columns; 0 is a pipe.
func onTerminal(columns int, print func(*Output)) string {
	var stdout bytes.Buffer
	print(&Output{Stdout: &stdout, Stderr: io.Discard, width: func() int { return columns }})
	return stdout.String()
}

// widths of the texts below differ as a terminal counts: two columns for a character, none, or one.
var someRows = [][]string{
	{"ok", "stairs submissions/partially_accepted/exact.c", "AC", "0.123 s"},
	{"FAIL", "问题问题问题问题问题问题 提交", "WA", "0.001 s", "a message of many words about what went wrong here and there"},
	{"ok", "Jose\u0301 e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "TLE", "", "短"},
	{"", "", "", "", strings.Repeat("x", 150)},
}

// A table fits every terminal that has room for two columns of each of its own, and loses nothing.
func TestTableFits(t *testing.T) {
	t.Parallel()
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), "") }
	for columns := 20; columns <= 250; columns++ {
		got := onTerminal(columns, func(o *Output) { o.Table(someRows) })
		for line := range strings.Lines(got) {
			if n := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d columns: a line of %d: %q", columns, n, line)
			}
		}
		for _, row := range someRows {
			for _, cell := range row {
				for _, r := range squeeze(cell) {
					if strings.Count(got, string(r)) < strings.Count(squeeze(cell), string(r)) {
						t.Fatalf("%d columns: %q of cell %q is lost in\n%s", columns, r, cell, got)
					}
				}
			}
		}
	}
}

// In a pipe each row is one line, as wide as it is.
func TestTableInPipe(t *testing.T) {
	t.Parallel()
	got := onTerminal(0, func(o *Output) { o.Table(someRows) })
	if n := strings.Count(got, "\n"); n != len(someRows) {
		t.Errorf("%d lines, want %d:\n%s", n, len(someRows), got)
	}
}

// What is narrow stays whole; what is wide goes on below, in its own column.
func TestTableWraps(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"ok", "kernel", "Linux"}, {"warn", "问题问题", "some words that do not fit"}}
	const want = `ok    kernel    Linux
warn  问题问题  some words
                that do
                not fit
`
	if diff := cmp.Diff(want, onTerminal(26, func(o *Output) { o.Table(rows) })); diff != "" {
		t.Errorf("Table() mismatch (-want +got):\n%s", diff)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	names := []string{"NAME", "STATE", "SLOTS", "SEEN", ""}
	rows := [][]string{{"host-of-a-long-name-1", "ready", "2/4", "1s ago", ""}, {"host-of-a-long-name-2", "lost", "0/4", "40s ago", "the host is away"}}
	for _, tt := range []struct {
		name    string
		columns int
		want    string
	}{
		{"pipe", 0, `NAME                   STATE  SLOTS  SEEN
host-of-a-long-name-1  ready  2/4    1s ago
host-of-a-long-name-2  lost   0/4    40s ago  the host is away
`},
		{"wide enough", 66, `NAME                   STATE  SLOTS  SEEN
host-of-a-long-name-1  ready  2/4    1s ago
host-of-a-long-name-2  lost   0/4    40s ago  the host is away
`},
		{"wraps", 50, `NAME             STATE  SLOTS  SEEN
host-of-a-long-  ready  2/4    1s ago
name-1
host-of-a-long-  lost   0/4    40s ago  the host
name-2                                  is away
`},
		{"lines", 30, `NAME   host-of-a-long-name-1
STATE  ready
SLOTS  2/4
SEEN   1s ago

NAME   host-of-a-long-name-2
STATE  lost
SLOTS  0/4
SEEN   40s ago
       the host is away
`},
	} {
		if diff := cmp.Diff(tt.want, onTerminal(tt.columns, func(o *Output) { o.Listing(names, rows) })); diff != "" {
			t.Errorf("%s: Listing() mismatch (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Rows that come one after the other are aligned, and what is said at the end of one does not move its columns.
func TestRow(t *testing.T) {
	t.Parallel()
	print := func(o *Output) {
		o.Row([]int{4, 20, 4}, []string{"ok", "sum a.cpp", "AC", "0.001 s"}, "")
		o.Row([]int{4, 20, 4}, []string{"FAIL", "sum submissions/b.py", "WA", "0.020 s"}, "want AC, got WA on secret/1")
	}
	for _, tt := range []struct {
		columns int
		want    string
	}{
		{0, `ok    sum a.cpp             AC    0.001 s
FAIL  sum submissions/b.py  WA    0.020 s  want AC, got WA on secret/1
`},
		{60, `ok    sum a.cpp             AC    0.001 s
FAIL  sum submissions/b.py  WA    0.020 s
     want AC, got WA on secret/1
`},
		{30, `ok    sum a.cpp  AC    0.001 s
FAIL  sum        WA    0.020 s
      submissio
      ns/b.py
     want AC, got WA on
     secret/1
`},
	} {
		if diff := cmp.Diff(tt.want, onTerminal(tt.columns, print)); diff != "" {
			t.Errorf("%d columns: Row() mismatch (-want +got):\n%s", tt.columns, diff)
		}
	}
}
