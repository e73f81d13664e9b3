package sandboxtest

import (
	"os"
	"strconv"
	"time"
)

// Slowness is how many times slower than a common machine this one is, as GAVEL_SLOWNESS says; by default 1. It widens
// limits and margins of time, as an emulated machine needs it.
func Slowness() float64 {
	times, err := strconv.ParseFloat(os.Getenv("GAVEL_SLOWNESS"), 64)
	if err != nil || times < 1 {
		return 1
	}
	return times
}

// Slow is what takes d on a common machine.
func Slow(d time.Duration) time.Duration { return time.Duration(float64(d) * Slowness()) }
