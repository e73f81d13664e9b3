package queue

import (
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/guard"
)

// guarded calls do, and logs a panic and turns it into an error: one submission, or one run request, never costs the
// others that the worker has in hand. doing says what it was, as in "panic while judging". A panic is recovered in its own
// goroutine alone, so that each goroutine that works on a submission is guarded; those of the judge it guards itself, and
// their panics are logged here too.
func guarded(log zerolog.Logger, doing string, do func() error) error {
	err := guard.Call(do)
	var panicked *guard.PanicError
	if errors.As(err, &panicked) {
		log.Error().Str("panic", panicked.Error()).Bytes("stack", panicked.Stack).Msg("panic while " + doing)
		return fmt.Errorf("panic while %s: see the log of the worker: %w", doing, panicked)
	}
	return err
}
