package container

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// maxParse is what parsing one message may allocate at most: every field costs a byte of the message, and the
// largest item of a list is a mount of about 100 bytes, in lists that grow by doubling.
const maxParse = 16 << 20

// FuzzParseCmd holds the parser to three promises: it never panics, it allocates within bounds, and what it
// accepts survives being written and read again. The seeds in testdata/fuzz are one of each message, and one of
// each kind of nonsense.
func FuzzParseCmd(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var c *cmd
		var err error
		bounded(t, func() { c, err = parseCmd(data) })
		if err != nil {
			return
		}
		again, err := parseCmd(c.append(nil))
		if err != nil {
			t.Fatalf("parseCmd(%x) = %+v, which is refused when written again: %v", data, c, err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("parseCmd(%x) changes when written and read again (-first +second):\n%s", data, diff)
		}
	})
}

// FuzzParseReply does the same for replies.
func FuzzParseReply(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var r *reply
		var err error
		bounded(t, func() { r, err = parseReply(data) })
		if err != nil {
			return
		}
		again, err := parseReply(r.append(nil))
		if err != nil {
			t.Fatalf("parseReply(%x) = %+v, which is refused when written again: %v", data, r, err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("parseReply(%x) changes when written and read again (-first +second):\n%s", data, diff)
		}
	})
}

// bounded checks how much do allocates.
func bounded(t *testing.T, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxParse {
		t.Fatalf("parsing allocated %d bytes, want at most %d", n, maxParse)
	}
}
