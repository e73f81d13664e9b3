package suggest

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	known := []string{"slots", "state_dir", "nats.url", "nats.user", "cpp17", "cpp20", "cpp23"}
	for name, want := range map[string]string{
		"slts": "did you mean slots?", "nats.ulr": "did you mean nats.url?", "statedir": "did you mean state_dir?",
		"state": "did you mean state_dir?", "NATS-URL": "did you mean nats.url?",
		"cpp": "did you mean cpp17, cpp20 or cpp23?", "Cpp21": "did you mean cpp20?",
		"n":       "known are slots, state_dir, nats.url, nats.user, cpp17, cpp20, cpp23",
		"weather": "known are slots, state_dir, nats.url, nats.user, cpp17, cpp20, cpp23",
		"":        "known are slots, state_dir, nats.url, nats.user, cpp17, cpp20, cpp23",
	} {
		if got := Name(name, known); got != want {
			t.Errorf("Name(%q) = %q, want %q", name, got, want)
		}
	}
}
