package settings

import (
	"testing"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	known := []string{"slots", "state_dir", "nats.url", "nats.user"}
	for name, want := range map[string]string{
		"slts": "did you mean slots?", "nats.ulr": "did you mean nats.url?", "statedir": "did you mean state_dir?",
		"weather": "known are slots, state_dir, nats.url, nats.user",
	} {
		if got := Suggest(name, known); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", name, got, want)
		}
	}
}
