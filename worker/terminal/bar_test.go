package terminal

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

// shown are the states of the progress line that were drawn.
func shown(stderr string) []string {
	return strings.Split(strings.TrimSuffix(stderr, "\r\x1b[K"), "\r\x1b[K")
}

func TestBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		out := &Output{Stdout: io.Discard, Stderr: &stderr, Progress: true, columns: func() int { return 80 }}
		bar := out.Bar(20, "tests")
		bar.Set(0, "compiling")
		for i := range 20 {
			time.Sleep(2 * time.Second)
			bar.Set(i+1, "题 %d", i+1)
		}
		out.Done()
		lines := shown(stderr.String())
		if want := "0 of 20 tests  compiling"; lines[0] != want {
			t.Errorf("at the start %q is shown, want %q", lines[0], want)
		}
		const half = "50% [=====>.......] (10/20, 30 tests/min) [20s:20s] 题 10"
		if !strings.Contains(stderr.String(), half) {
			t.Errorf("half way not shown: %q in\n%s", half, strings.Join(lines, "\n"))
		}
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "100% [=============] (20/20, ") {
			t.Errorf("at the end %q is shown", last)
		}
	})
}

// A bar takes one row of every terminal, and says its rate and the time left on one of 60 columns too.
func TestBarFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, columns := range []int{20, 60, 80, 200} {
			var stderr bytes.Buffer
			out := &Output{Stdout: io.Discard, Stderr: &stderr, Progress: true, columns: func() int { return columns }}
			bar := out.Bar(5000, "submissions")
			for i := range 100 {
				time.Sleep(time.Second)
				bar.Set(i+1, "%s", strings.Repeat("问题 ", 60))
			}
			out.Done()
			last := ""
			for _, line := range shown(stderr.String()) {
				if n := uniseg.StringWidth(line); n >= columns {
					t.Errorf("%d columns: %d are taken by %q", columns, n, line)
				}
				last = line
			}
			if !strings.Contains(last, "submissions/") && columns >= 60 {
				t.Errorf("%d columns: no rate in %q", columns, last)
			}
			if !strings.Contains(last, ":1h2") && columns >= 60 {
				t.Errorf("%d columns: no time left in %q", columns, last)
			}
		}
	})
}

// What was done before counts neither as work nor as speed.
func TestBarSkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		out := &Output{Stdout: io.Discard, Stderr: &stderr, Progress: true}
		bar := out.Bar(10, "lines")
		for range 6 {
			bar.Skip()
		}
		for i := range 2 {
			time.Sleep(2 * time.Second)
			bar.Set(i+1, "")
		}
		if want := "(2/4, 30 lines/min) [4s:4s]"; !strings.Contains(stderr.String(), want) {
			t.Errorf("not shown: %q in\n%s", want, strings.Join(shown(stderr.String()), "\n"))
		}
	})
}

func TestByteBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		out := &Output{Stdout: io.Discard, Stderr: &stderr, Progress: true, columns: func() int { return 100 }}
		const size = 64 << 20
		r := out.ByteBar(size).Reader(bytes.NewReader(make([]byte, size)), "pushing sum")
		for range 2 { // the second pass begins where the first did
			if _, err := r.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			time.Sleep(4 * time.Second)
			if _, err := io.ReadFull(r, make([]byte, size/2)); err != nil {
				t.Fatal(err)
			}
		}
		if want := "(32/64 MiB, 8.0 MiB/s) [4s:4s] pushing sum"; !strings.Contains(stderr.String(), want) {
			t.Errorf("not shown: %q in\n%s", want, strings.Join(shown(stderr.String()), "\n"))
		}
	})
}

// In a pipe, and with nothing to do, a bar neither shows anything nor is in the way.
func TestBarInPipe(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	out := &Output{Stdout: io.Discard, Stderr: &stderr}
	for _, total := range []int{10, 0} {
		bar := out.Bar(total, "tests")
		bar.Skip()
		bar.Set(1, "text")
	}
	if diff := cmp.Diff("", stderr.String()); diff != "" {
		t.Errorf("stderr mismatch (-want +got):\n%s", diff)
	}
}
