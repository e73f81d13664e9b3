package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// output is where a command prints: results to stdout, notes and progress to stderr. Colours and progress
// lines are for terminals alone.
type output struct {
	stdout, stderr io.Writer
	json           bool
	colour         bool       // stdout is a terminal and NO_COLOR is not set
	progress       bool       // stderr is a terminal
	columns        func() int // of that terminal; nil or 0 where it is not known

	mu    sync.Mutex // results and progress come from different goroutines
	drawn bool       // a progress line is on stderr; guarded by mu
	err   error      // of the first write to stdout that failed; guarded by mu
}

// outputError says that a result could not be printed.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

func newOutput() *output {
	return &output{
		stdout:   os.Stdout,
		stderr:   os.Stderr,
		colour:   isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		progress: isTerminal(os.Stderr) && os.Getenv("TERM") != "dumb",
		columns: func() int {
			width, _, _ := term.GetSize(int(os.Stderr.Fd())) // 0 where it is not known
			return width
		},
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Write prints a part of a result. After an error it prints nothing more and returns that error again.
func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.stdout.Write(data)
	if err != nil {
		o.err = outputError{fmt.Errorf("print the result to standard output: %w", err)}
	}
	return n, o.err
}

// failed returns the error of the first write to stdout that failed.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// object prints one JSON object on a line of its own.
func (o *output) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	_, err = o.Write(append(line, '\n'))
	return err
}

// linef prints one line of a result for people. An error is kept: see failed.
func (o *output) linef(format string, args ...any) {
	_, _ = fmt.Fprintf(o, format+"\n", args...) // failed returns the error at the end of the command
}

// notef prints a line that is not part of the result.
func (o *output) notef(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprintf(o.stderr, format+"\n", args...)
}

// note is notef for a plain text.
func (o *output) note(text string) { o.notef("%s", text) }

// progressf replaces the progress line. It is cut to one row of the terminal: of a line that wraps, only the last row
// could be erased.
func (o *output) progressf(format string, args ...any) {
	if !o.progress {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprint(o.stderr, cutToWidth(singleLine(fmt.Sprintf(format, args...)), o.rowWidth()))
	o.drawn = true
}

// rowWidth is how many columns a progress line may have: one less than the terminal, since some wrap in the last one.
func (o *output) rowWidth() int {
	const usual = 80
	width := 0
	if o.columns != nil {
		width = o.columns()
	}
	if width <= 0 {
		width = usual
	}
	return width - 1
}

// done erases the progress line at the end of a command.
func (o *output) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
}

// clearProgress erases the progress line; every other print does so first. The caller holds mu.
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

// table prints rows with aligned columns.
func (o *output) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], displayWidth(cell))
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
