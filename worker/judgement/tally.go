package judgement

import (
	"fmt"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Tally counts what verify and submit --all found.
type Tally struct {
	Judged, NotOK int
	Warned        int
	Broken        error // the first that could not be used, or not whole
}

// Summary says how well what was looked at is.
func (t Tally) Summary(looked string) string {
	text := fmt.Sprintf("%s, %d not ok", looked, t.NotOK)
	if t.Warned > 0 {
		text += ", " + terminal.Plural(t.Warned, "warning")
	}
	return text
}

// Err is how a command ends that found this. What was judged and is not ok weighs more than what is broken. done says what could
// not be done with all that was asked for.
func (t Tally) Err(done string) error {
	if t.NotOK > 0 {
		return exit.ErrNotOK
	}
	if t.Broken != nil {
		return exit.Usage(fmt.Errorf("not every %s, see above", done))
	}
	return nil
}

// Add counts one that was judged.
func (t *Tally) Add(ok bool) {
	t.Judged++
	if !ok {
		t.NotOK++
	}
}

// Reject reports one that cannot be used, mostly a package; the others go on.
func (t *Tally) Reject(out *terminal.Output, err error) {
	out.Notef("gavel: %v", err)
	if t.Broken == nil {
		t.Broken = err
	}
}
