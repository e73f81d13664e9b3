// Package terminal prints for the one who sits before it: results to stdout, notes and progress to stderr, text that fits
// the columns, numbers with their units.
//
// It promises: what others wrote (names of files, messages of programs) cannot move the cursor where it went through
// SingleLine or PrintableLines; a progress line takes one row and is erased before anything else is printed; and the first
// error of standard output is kept, see Output.Err.
package terminal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// Output is where a command prints: results to stdout, notes and progress to stderr. Colours and progress
// lines are for terminals alone.
type Output struct {
	Stdout, Stderr io.Writer
	JSON           bool       // results are JSON objects, one on each line; set before a command runs
	Progress       bool       // stderr is a terminal
	colour         bool       // stdout is a terminal and NO_COLOR is not set
	columns        func() int // of the terminal at stderr; nil or 0 where it is not known
	width          func() int // columns of the terminal at stdout; nil or 0 where there is none
	// Unread, when set, is called once when whoever read the results has gone: nobody can see what comes later.
	Unread func()

	mu    sync.Mutex // results and progress come from different goroutines
	drawn bool       // a progress line is on stderr; guarded by mu
	err   error      // of the first write to stdout that failed; guarded by mu
}

// Error says that a result could not be printed.
type Error struct{ error }

// Unwrap returns the error of the write.
func (e Error) Unwrap() error { return e.error }

// New prints to the standard output and error of this process.
func New() *Output {
	return &Output{
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		colour:   Moves(os.Stdout) && os.Getenv("NO_COLOR") == "",
		Progress: Moves(os.Stderr),
		columns:  func() int { return columnsOf(os.Stderr) },
		width:    func() int { return columnsOf(os.Stdout) },
	}
}

// columnsOf is how wide a terminal is; 0 where it is not known, or there is none.
func columnsOf(f *os.File) int {
	width, _, _ := term.GetSize(int(f.Fd()))
	return width
}

// Beside prints what would go to stdout to stderr, beside results that are there already.
func (o *Output) Beside() *Output {
	return &Output{Stdout: o.Stderr, Stderr: o.Stderr, width: o.columns}
}

// IsTerminal reports whether a file is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Moves reports whether a file is a terminal that understands escape sequences.
func Moves(f *os.File) bool { return IsTerminal(f) && os.Getenv("TERM") != "dumb" }

// Write prints a part of a result. After an error it prints nothing more and returns that error again.
func (o *Output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Stdout.Write(data)
	if err != nil {
		o.err = Error{fmt.Errorf("print the result to standard output: %w", err)}
		if o.Unread != nil && errors.Is(err, syscall.EPIPE) {
			o.Unread()
		}
	}
	return n, o.err
}

// Err returns the error of the first write to stdout that failed.
func (o *Output) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// Object prints one JSON object on a line of its own.
func (o *Output) Object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	_, err = o.Write(append(line, '\n'))
	return err
}

// Linef prints one line of a result for people. An error is kept: see failed.
func (o *Output) Linef(format string, args ...any) {
	_, _ = fmt.Fprintf(o, format+"\n", args...) // failed returns the error at the end of the command
}

// Notef prints a line that is not part of the result.
func (o *Output) Notef(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprintf(o.Stderr, format+"\n", args...)
}

// Note is notef for a plain text.
func (o *Output) Note(text string) { o.Notef("%s", text) }

// Progressf replaces the progress line. It is cut to one row of the terminal: of a line that wraps, only the last row
// could be erased.
func (o *Output) Progressf(format string, args ...any) {
	if !o.Progress {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
	fmt.Fprint(o.Stderr, Cut(SingleLine(fmt.Sprintf(format, args...)), o.rowWidth()))
	o.drawn = true
}

// rowWidth is how many columns a progress line may have: one less than the terminal, since some wrap in the last one.
func (o *Output) rowWidth() int {
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

// shows reports whether a progress line is there.
func (o *Output) shows() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.drawn
}

// Done erases the progress line at the end of a command.
func (o *Output) Done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clearProgress()
}

// clearProgress erases the progress line; every other print does so first. The caller holds mu.
func (o *Output) clearProgress() {
	if o.drawn {
		fmt.Fprint(o.Stderr, "\r\x1b[K")
		o.drawn = false
	}
}

// The colours that are used: for what is well, what is not, and what matters less.
const (
	Green = "\x1b[32m"
	Red   = "\x1b[31m"
	Faint = "\x1b[2m"
)

// Paint puts a colour around text where colours are shown.
func (o *Output) Paint(colour, text string) string {
	if !o.colour {
		return text
	}
	return colour + text + "\x1b[0m"
}

// Mark is the first word of a line about something that is well or not, four wide.
func (o *Output) Mark(ok bool) string {
	if ok {
		return o.Paint(Green, "ok  ")
	}
	return o.Paint(Red, "FAIL")
}
