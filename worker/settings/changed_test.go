package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// some is a command with settings, nested as kong takes them, and a flag that no configuration file has.
type some struct {
	Judging
	Serving
	Log   Logging `embed:"" prefix:"log-"`
	Other bool
}

func TestChanged(t *testing.T) {
	t.Parallel()
	before := some{Serving: Serving{Lanes: laneWeights{"contest": 16}}, Log: Logging{Level: "info"}}
	for name, test := range map[string]struct {
		change func(*some)
		want   []string
	}{
		"nothing":         {func(*some) {}, nil},
		"an equal value":  {func(s *some) { s.Lanes = laneWeights{"contest": 16} }, nil},
		"one that nests":  {func(s *some) { s.Log.Level = "warn" }, []string{"log.level"}},
		"inside a value":  {func(s *some) { s.Lanes = laneWeights{"contest": 8} }, []string{"lanes"}},
		"embedded twice":  {func(s *some) { s.Include = "/srv/include" }, []string{"include"}},
		"several, sorted": {func(s *some) { s.Slots, s.Expose, s.Grace = 2, true, 1 }, []string{"grace", "nats.expose", "slots"}},
		"no setting":      {func(s *some) { s.Other = true }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := before
			test.change(&after)
			if diff := cmp.Diff(test.want, Changed(before, after)); diff != "" {
				t.Errorf("Changed() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}
