package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// output is where a command prints: results to stdout, remarks and progress to stderr. Colours and progress
// lines are for terminals alone.
type output struct {
	stdout, stderr io.Writer
	json           bool
	colour         bool // stdout is a terminal and NO_COLOR is not set
	progress       bool // stderr is a terminal

	mu    sync.Mutex // results and progress come from different goroutines
	drawn bool       // a progress line stands on stderr; guarded by mu
}

func newOutput(format string) *output {
	return &output{
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		json:     format == "json",
		colour:   isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		progress: isTerminal(os.Stderr) && os.Getenv("TERM") != "dumb",
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// object prints one JSON object on a line of its own.
func (o *output) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	_, err = fmt.Fprintf(o.stdout, "%s\n", line)
	return err
}

// linef prints one line of a result for people.
func (o *output) linef(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprintf(o.stdout, format+"\n", args...)
}

// remarkf prints a line that is not part of the result.
func (o *output) remarkf(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprintf(o.stderr, format+"\n", args...)
}

// remark is remarkf for a plain text.
func (o *output) remark(text string) { o.remarkf("%s", text) }

// progressf replaces the progress line.
func (o *output) progressf(format string, args ...any) {
	if !o.progress {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprintf(o.stderr, format, args...)
	o.drawn = true
}

// done wipes the progress line at the end of a command.
func (o *output) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
}

// clearProgress wipes the progress line; every other print does so first. The caller holds mu.
func (o *output) clearProgress() {
	if o.drawn {
		fmt.Fprint(o.stderr, "\r\x1b[K")
		o.drawn = false
	}
}

// The colours that are used: for what is well, what is not, and what matters less.
const (
	green = "\x1b[32m"
	red   = "\x1b[31m"
	faint = "\x1b[2m"
)

func (o *output) paint(colour, text string) string {
	if !o.colour {
		return text
	}
	return colour + text + "\x1b[0m"
}

// mark is the first word of a line about something that is well or not, four wide.
func (o *output) mark(ok bool) string {
	if ok {
		return o.paint(green, "ok  ")
	}
	return o.paint(red, "FAIL")
}

// pad fills text with blanks up to width.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len([]rune(text))))
}

// table prints rows with aligned columns.
func (o *output) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = pad(cell, widths[i])
		}
		o.linef("%s", strings.TrimRight(strings.Join(cells, "  "), " "))
	}
}
