package retry

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestDelay(t *testing.T) {
	for _, test := range []struct {
		name string
		b    Backoff
		want []time.Duration
	}{
		{"doubles up to the most", Backoff{First: time.Second, Max: 5 * time.Second}, []time.Duration{1e9, 2e9, 4e9, 5e9, 5e9}},
		{"stays the same", Every(time.Second), []time.Duration{1e9, 1e9, 1e9}},
		{"most below the first", Backoff{First: time.Second, Max: time.Millisecond}, []time.Duration{1e9, 1e9}},
		{"none", Backoff{}, []time.Duration{0, 0}},
	} {
		var got []time.Duration
		for n := range test.want {
			got = append(got, test.b.Delay(n+1))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: delays are %v, want %v", test.name, got, test.want)
		}
	}
}

func TestDelayWithJitter(t *testing.T) {
	b := Backoff{First: time.Second, Max: time.Minute, Jitter: true}
	seen := map[time.Duration]bool{}
	for range 100 {
		d := b.Delay(2)
		if d < time.Second || d >= 3*time.Second {
			t.Fatalf("Delay(2) = %v, want 1s to 3s", d)
		}
		seen[d] = true
	}
	if len(seen) < 2 {
		t.Error("every delay was the same")
	}
}

func TestDo(t *testing.T) {
	failure := errors.New("not yet")
	for _, test := range []struct {
		name   string
		passes func(n int) (bool, error)
		tries  int
		took   time.Duration
		want   error
	}{
		{"at once", func(int) (bool, error) { return false, nil }, 1, 0, nil},
		{"third try", func(n int) (bool, error) {
			if n == 3 {
				return true, nil
			}
			return true, failure
		}, 3, 3 * time.Second, nil},
		{"for good", func(n int) (bool, error) { return n < 2, failure }, 2, time.Second, failure},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, began := 0, time.Now()
				err := Do(t.Context(), Backoff{First: time.Second, Max: time.Minute}, func() (bool, error) {
					n++
					return test.passes(n)
				})
				if !errors.Is(err, test.want) || n != test.tries || time.Since(began) != test.took {
					t.Errorf("Do = %v after %d tries and %v, want %v after %d and %v", err, n, time.Since(began), test.want, test.tries, test.took)
				}
			})
		})
	}
}

func TestDoBoundsTries(t *testing.T) {
	failure, n := errors.New("not yet"), 0
	err := Do(t.Context(), Backoff{Tries: 3}, func() (bool, error) { n++; return true, failure })
	if !errors.Is(err, failure) || n != 3 {
		t.Errorf("Do = %v after %d tries, want the failure after 3", err, n)
	}
}

func TestDoEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure, cause := errors.New("not yet"), errors.New("stopped")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 90*time.Second, cause)
		defer cancel()
		err := Do(ctx, Every(time.Minute), func() (bool, error) { return true, failure })
		if !errors.Is(err, failure) || !errors.Is(err, cause) {
			t.Errorf("Do = %v, want both the failure and the cause", err)
		}
	})
}
