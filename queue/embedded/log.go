package embedded

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/rs/zerolog"
)

// serverLog passes on what the embedded server says, and keeps what it calls fatal: its own logger would end the
// process there.
type serverLog struct {
	log zerolog.Logger

	mu  sync.Mutex
	err error // guarded by mu; the first fatal message
	// diskFailed reports that a stream could not be written. It then takes nothing until the server starts anew. Guarded by mu.
	diskFailed bool
}

// writeFailed is how the server (2.15) tells of a stream that could not be written.
const writeFailed = "ritical write error"

func (l *serverLog) diskHasFailed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.diskFailed
}

func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = errors.New(fmt.Sprintf(format, v...)) //lint:ignore S1028 fmt.Errorf would give %w in the server's words a meaning
	}
}

func (l *serverLog) Errorf(format string, v ...any) {
	if strings.Contains(fmt.Sprintf(format, v...), writeFailed) {
		l.mu.Lock()
		l.diskFailed = true
		l.mu.Unlock()
	}
	l.log.Error().Str("detail", fmt.Sprintf(format, v...)).Msg("embedded NATS server")
}

func (l *serverLog) Warnf(format string, v ...any) {
	if strings.HasPrefix(format, "Maximum payloads over") {
		return // known: a dead letter must hold the largest submission whole (see MaxPayload)
	}
	l.log.Warn().Str("detail", fmt.Sprintf(format, v...)).Msg("embedded NATS server")
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug().Str("detail", fmt.Sprintf(format, v...)).Msg("embedded NATS server")
}

// Debugf and Tracef are off: the server is started with neither.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef does nothing.
func (l *serverLog) Tracef(string, ...any) {}
