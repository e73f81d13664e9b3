package serve

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// newLog makes the worker's log on stderr; ring gets the same lines.
func newLog(s settings.Logging, ring *logRing) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(s.Level)
	if err != nil {
		return zerolog.Nop(), exit.Usage(fmt.Errorf("--log-level: %w", err))
	}
	var w io.Writer = os.Stderr
	if s.Format == "text" || s.Format == "auto" && terminal.IsTerminal(os.Stderr) {
		w = zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.TimeOnly, NoColor: os.Getenv("NO_COLOR") != "" || !terminal.IsTerminal(os.Stderr)}
	}
	return zerolog.New(zerolog.MultiLevelWriter(w, ring)).Level(level).With().Timestamp().Logger(), nil
}
