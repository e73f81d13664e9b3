package terminal

import (
	"fmt"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// Seconds is a time for people, from microseconds.
func Seconds(usec int64) string {
	return fmt.Sprintf("%.3f s", (time.Duration(usec) * time.Microsecond).Seconds())
}

// Plural is a number of things: "1 submission", "2 submissions".
func Plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Mebibytes is a size for people.
func Mebibytes(bytes int64) string {
	return fmt.Sprintf("%.1f MiB", float64(bytes)/float64(sandbox.MiB))
}

// Percent is a part of a whole for people.
func Percent(part, whole int64) string {
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}
