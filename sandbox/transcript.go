package sandbox

import (
	"bytes"
	"time"
)

// Turn is what was read from one program of a pair at once.
type Turn struct {
	At        time.Duration // since the interactor was started
	ByProgram bool          // else by the interactor
	Size      int           // in bytes
	Data      []byte        // the first of them, at most MaxTurn
}

// Transcript is the beginning and the end of what the programs of a pair said to each other, in bounded memory.
type Transcript struct {
	Beginning, End []Turn
	// Omitted is the number of turns between the two.
	Omitted int

	kept Bytes // of the half that is being filled
}

// Bounds of a Transcript: what is kept of one turn, and the size of each half.
const (
	MaxTurn        = 512
	transcriptHalf = 24 * KiB
)

// cost is roughly the memory that a turn takes.
func (e *Turn) cost() Bytes { return Bytes(len(e.Data)) + 64 }

// add records a turn; it copies data.
func (c *Transcript) add(at time.Duration, byProgram bool, data []byte) {
	e := Turn{At: at, ByProgram: byProgram, Size: len(data), Data: bytes.Clone(data[:min(len(data), MaxTurn)])}
	if len(c.End) == 0 && c.Omitted == 0 {
		if c.kept += e.cost(); c.kept <= transcriptHalf {
			c.Beginning = append(c.Beginning, e)
			return
		}
		c.kept = 0
	}
	c.End = append(c.End, e)
	for c.kept += e.cost(); c.kept > transcriptHalf; c.Omitted++ {
		c.kept -= c.End[0].cost()
		c.End = c.End[1:]
	}
}
