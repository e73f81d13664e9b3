package judgement

import (
	"fmt"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/worker/terminal"
)

// ShowStages shows the progress of one submission: a bar once its tests run. The text comes before what it does.
func ShowStages(out *terminal.Output, text string) func(api.Event) {
	var bar *terminal.Bar // the events of a submission come one after the other
	return func(ev api.Event) {
		if ev.Stage != api.StageTest {
			out.Progressf("%s%s", text, StageText(ev))
			return
		}
		if bar == nil {
			bar = out.Bar(ev.Tests, "tests")
		}
		bar.Set(ev.Test, "%s%s", text, StageText(ev))
	}
}

// StageText is the progress of one submission for people.
func StageText(ev api.Event) string {
	switch {
	case ev.Stage == api.StageTest:
		return fmt.Sprintf("test %d of %d", ev.Test, ev.Tests)
	case ev.Reason != "":
		return string(ev.Stage) + ": " + ev.Reason
	}
	return string(ev.Stage)
}
