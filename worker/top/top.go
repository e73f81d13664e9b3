// Package top shows what workers and queue do: once, or live on a terminal. Everything comes from the registry, the lanes, what
// workers answer, and what they publish while somebody looks; nothing is stored.
package top

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Command is gavel top.
type Command struct {
	settings.State
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Once  bool                  `help:"Print one picture and end. So it is done where the output is no terminal."`
	Pool  settings.SubjectToken `help:"Only one pool."                                  placeholder:"NAME"`
	Every settings.Span         `default:"2s" help:"How often workers and lanes are asked for, 200ms at least; tests that end are shown as they come." placeholder:"TIME"`
}

// Help returns the examples and the keys.
func (Command) Help() string {
	return `Keys: q ends it, w shows all workers or only those that are not ready. It is for operators and workers: others may not see the lanes.

` + terminal.Examples(`
		gavel top
		gavel top --pool exam --every 5s
		gavel top --once --format json`)
}

// leastEvery bounds how often the server is asked.
const leastEvery = 200 * time.Millisecond

// Run implements the command.
func (c Command) Run(ctx context.Context, out *terminal.Output) error {
	if c.Every.Duration() < leastEvery {
		return exit.Usage(fmt.Errorf("--every %v: want at least %v", c.Every.Duration(), leastEvery))
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	m := newModel(time.Now)
	if err := ask(ctx, platform, string(c.Pool), m); err != nil {
		return err
	}
	if c.Once || out.JSON || !terminal.Moves(os.Stdout) {
		return c.printOnce(out, m.show())
	}
	return c.live(ctx, out, platform, m)
}

// ask brings the model up to date, with one pool or with all where that is "".
func ask(ctx context.Context, platform *client.Client, pool string, m *model) error {
	workers, err := platform.Workers(ctx)
	if err != nil {
		return err
	}
	lanes, err := platform.LanesOf(ctx, workers)
	if err != nil {
		return err
	}
	if pool != "" {
		workers = slices.DeleteFunc(workers, func(w client.Worker) bool { return w.Pool != pool })
		lanes = slices.DeleteFunc(lanes, func(l client.LaneState) bool { return l.Pool != pool })
	}
	live := 0
	for _, w := range workers {
		if w.Live() {
			live++
		}
	}
	hands, err := platform.Hands(ctx, live)
	if err != nil {
		return err
	}
	m.take(workers, lanes, slices.DeleteFunc(hands, func(h message.Hands) bool { return pool != "" && h.Pool != pool }))
	return nil
}

func (c Command) printOnce(out *terminal.Output, p picture) error {
	if out.JSON {
		return out.Object(p)
	}
	for _, line := range screen(p, out.Columns(), 0, true) {
		out.Linef("%s", line)
	}
	return nil
}

// live draws the picture until somebody presses q or the command is interrupted.
func (c Command) live(ctx context.Context, out *terminal.Output, platform *client.Client, m *model) error {
	stop, err := platform.Listen(client.Listener{Event: m.event, Verdict: m.verdict})
	if err != nil {
		return err
	}
	defer stop()
	keys, restore := readKeys()
	defer restore()
	out.Done()
	// The other screen of the terminal, without a cursor; what was there before comes back.
	if _, err := out.Write([]byte("\x1b[?1049h\x1b[?25l")); err != nil {
		return err
	}
	defer func() { _, _ = out.Write([]byte("\x1b[?25h\x1b[?1049l")) }() // an error is told by who prints
	due, draw := time.NewTicker(c.Every.Duration()), time.NewTicker(drawEvery)
	defer due.Stop()
	defer draw.Stop()
	all, trouble := false, ""
	for {
		if err := drawScreen(out, m.show(), all, trouble); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // it is what ends it
		case key := <-keys:
			switch key {
			case 'q', 'Q', interruptKey:
				return nil
			case 'w', 'W':
				all = !all
			}
		case <-due.C:
			trouble = ""
			if err := ask(ctx, platform, string(c.Pool), m); err != nil && ctx.Err() == nil {
				trouble = err.Error() // the server may be away for a while
			}
		case <-draw.C:
		}
	}
}

// drawEvery is how often the screen is drawn where nothing was asked for meanwhile.
const drawEvery = 500 * time.Millisecond

// interruptKey is Ctrl-C, which is no signal while keys are read one by one.
const interruptKey = 3

// drawScreen draws over what is there: clearing it first would flicker.
func drawScreen(out *terminal.Output, p picture, all bool, trouble string) error {
	columns, rows, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return fmt.Errorf("ask for the size of the terminal: %w", err)
	}
	lines := screen(p, columns, rows-1, all)
	if trouble != "" {
		lines = append([]string{terminal.Cut("not up to date: "+terminal.SingleLine(trouble), columns)}, lines...)
	}
	var text strings.Builder
	text.WriteString("\x1b[H")
	for _, line := range lines[:min(len(lines), max(rows-1, 0))] {
		text.WriteString(line + "\x1b[K\r\n")
	}
	text.WriteString("\x1b[J")
	_, err = out.Write([]byte(text.String()))
	return err
}

// readKeys reads the keyboard one key at a time, where there is one. restore gives the terminal back as it was.
func readKeys() (keys <-chan byte, restore func()) {
	fd := int(os.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, func() {} // no terminal: signals end it
	}
	pressed := make(chan byte)
	go func() { // ends with the process: nothing interrupts a read from a terminal
		var one [1]byte
		for {
			if n, err := os.Stdin.Read(one[:]); n == 0 || err != nil {
				return
			}
			pressed <- one[0]
		}
	}()
	return pressed, func() { _ = term.Restore(fd, before) } // nobody could be told
}
