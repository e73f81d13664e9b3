package serve

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// leveledWriter writes the lines of a level and above that may change while the worker works. Loggers are copied, so that theirs
// cannot.
type leveledWriter struct {
	io.Writer
	least atomic.Int32 // a zerolog.Level
}

// WriteLevel implements zerolog.LevelWriter.
func (w *leveledWriter) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	if level < zerolog.Level(w.least.Load()) {
		return len(line), nil
	}
	return w.Write(line)
}

// set makes level, one of those of settings.Logging, the least.
func (w *leveledWriter) set(level string) error {
	least, err := zerolog.ParseLevel(level)
	if err != nil {
		return exit.Usage(fmt.Errorf("--log-level: %w", err))
	}
	w.least.Store(int32(least))
	return nil
}

// newLog makes the worker's log on stderr; ring gets the same lines. They have the level of the writer or above.
func newLog(s settings.Logging, ring *logRing) (zerolog.Logger, *leveledWriter, error) {
	var w io.Writer = os.Stderr
	if s.Format == "text" || s.Format == "auto" && terminal.IsTerminal(os.Stderr) {
		w = zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.TimeOnly, NoColor: os.Getenv("NO_COLOR") != "" || !terminal.Moves(os.Stderr)}
	}
	leveled := &leveledWriter{Writer: zerolog.MultiLevelWriter(w, ring)}
	if err := leveled.set(s.Level); err != nil {
		return zerolog.Nop(), nil, err
	}
	return zerolog.New(leveled).Level(zerolog.DebugLevel).With().Timestamp().Logger(), leveled, nil
}
