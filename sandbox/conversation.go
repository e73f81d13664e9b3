package sandbox

import (
	"bytes"
	"time"
)

// Exchange is what was read from one program of a pair at once.
type Exchange struct {
	At        time.Duration // since the interactor was started
	ByProgram bool          // else by the interactor
	Size      int           // in bytes
	Data      []byte        // the first of them, at most MaxExchange
}

// Conversation is the beginning and the end of what the programs of a pair said to each other, in bounded memory.
type Conversation struct {
	Beginning, End []Exchange
	// Omitted is how many exchanges there were between the two.
	Omitted int

	kept Bytes // of the half that is being filled
}

// Bounds of a Conversation: of what is kept of one exchange, and of each of its halves.
const (
	MaxExchange      = 512
	conversationHalf = 24 * KiB
)

// cost is the memory of an exchange, roughly.
func (e *Exchange) cost() Bytes { return Bytes(len(e.Data)) + 64 }

// add keeps data, of which it makes a copy.
func (c *Conversation) add(at time.Duration, byProgram bool, data []byte) {
	e := Exchange{At: at, ByProgram: byProgram, Size: len(data), Data: bytes.Clone(data[:min(len(data), MaxExchange)])}
	if len(c.End) == 0 && c.Omitted == 0 {
		if c.kept += e.cost(); c.kept <= conversationHalf {
			c.Beginning = append(c.Beginning, e)
			return
		}
		c.kept = 0
	}
	c.End = append(c.End, e)
	for c.kept += e.cost(); c.kept > conversationHalf; c.Omitted++ {
		c.kept -= c.End[0].cost()
		c.End = c.End[1:]
	}
}
