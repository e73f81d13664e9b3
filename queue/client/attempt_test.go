package client

import "testing"

// TestWithAttempt: nothing but the field itself changes, whatever notes of its own a platform keeps beside it.
func TestWithAttempt(t *testing.T) {
	t.Parallel()
	got, err := withAttempt([]byte(`{"ATTEMPT":"first","attempt":1,"id":"s"}`), 2)
	if want := `{"ATTEMPT":"first","attempt":2,"id":"s"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}
