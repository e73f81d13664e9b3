package checker

import (
	"bytes"
	"fmt"
	"hash/maphash"

	"github.com/gaveloj/gavel/judge/verdict"
)

// unordered compares texts as collections of tokens, or of lines that are known by their tokens: each as often in the
// one as in the other.
//
// Nothing is sorted or kept: a collection is the sum of the hashes of its items, 128 bits under a key that is drawn
// anew for every comparison, so that no output can be made to collide. Other ways take memory by the number of items.
type unordered struct{ lines, fold bool }

// bag is a collection.
type bag struct {
	items int
	sum   [2]uint64
}

// Key implements Comparer.
func (u unordered) Key() string { return fmt.Sprintf("unordered lines=%t fold=%t", u.lines, u.fold) }

// Compare implements Comparer.
func (u unordered) Compare(output, answer []byte) Result {
	if bytes.Equal(output, answer) {
		return Result{Decision: Accepted}
	}
	seeds := [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	got, want := u.bag(output, seeds), u.bag(answer, seeds)
	if got == want {
		return Result{Decision: Accepted}
	}
	r := Result{Decision: Wrong}
	if isBlank(output) && !isBlank(answer) {
		r.Reason = verdict.ReasonNoOutput
	}
	u.explain(&r, output, answer, got.items, want.items)
	return r
}

func (u unordered) bag(text []byte, seeds [2]maphash.Seed) bag {
	var b bag
	for w := u.walk(text); w.next(); b.items++ {
		b.sum[0] += maphash.Bytes(seeds[0], w.item)
		b.sum[1] += maphash.Bytes(seeds[1], w.item)
	}
	return b
}

// maxExplained bounds the number of items among which one that differs is looked for.
const maxExplained = 1 << 20

// explain finds the first item that is too many, or else the first that is missing.
func (u unordered) explain(r *Result, output, answer []byte, got, want int) {
	if got > maxExplained || want > maxExplained {
		r.JudgeMessage = fmt.Sprintf("Wrong answer: got %d %s, expected %d others", got, u.kind(2), want)
		return
	}
	if c, ok := u.surplus(output, answer); ok {
		r.Difference = &Difference{Output: c.start, Answer: len(answer)}
		r.JudgeMessage = fmt.Sprintf("Wrong answer on line %d of output: got %s, a %s that is not in the answer, or not so often",
			c.line(), quote(c.bytes()), u.kind(1))
		return
	}
	c, _ := u.surplus(answer, output) // there is one, since the collections differ
	r.Difference = &Difference{Output: len(output), Answer: c.start}
	r.JudgeMessage = fmt.Sprintf("Wrong answer: expected %s, a %s on line %d in answer file that is not in the output, or not so often",
		quote(c.bytes()), u.kind(1), c.line())
}

func (u unordered) kind(n int) string {
	name := "token"
	if u.lines {
		name = "line"
	}
	if n != 1 {
		name += "s"
	}
	return name
}

// surplus finds the first item of text that other does not have, or not so often.
func (u unordered) surplus(text, other []byte) (cursor, bool) {
	seed, left := maphash.MakeSeed(), map[uint64]int{}
	for w := u.walk(other); w.next(); {
		left[maphash.Bytes(seed, w.item)]++
	}
	w := u.walk(text)
	for w.next() {
		h := maphash.Bytes(seed, w.item)
		if left[h] == 0 {
			return w.at(), true
		}
		left[h]--
	}
	return cursor{}, false
}

// itemWalk goes over the items of a text.
type itemWalk struct {
	unordered
	item   []byte // as it is compared; valid until the next
	tokens cursor
	reader lineReader
	buffer []byte
}

func (u unordered) walk(text []byte) *itemWalk {
	return &itemWalk{unordered: u, tokens: cursor{text: text}, reader: lines{rule: tokenLines}.reader(text)}
}

func (w *itemWalk) next() bool {
	if !w.lines {
		ok := w.tokens.nextToken()
		w.item = w.tokens.bytes()
		if ok && w.fold {
			w.buffer = appendLower(w.buffer[:0], w.item)
			w.item = w.buffer
		}
		return ok
	}
	if !w.reader.next() {
		return false
	}
	w.buffer = w.buffer[:0]
	for c := (cursor{text: w.reader.bytes()}); c.nextToken(); {
		if len(w.buffer) > 0 {
			w.buffer = append(w.buffer, ' ')
		}
		if w.fold {
			w.buffer = appendLower(w.buffer, c.bytes())
		} else {
			w.buffer = append(w.buffer, c.bytes()...)
		}
	}
	w.item = w.buffer
	return true
}

// at is where the item stands.
func (w *itemWalk) at() cursor {
	if w.lines {
		return w.reader.cursor
	}
	return w.tokens
}

func appendLower(to, text []byte) []byte {
	for _, b := range text {
		to = append(to, lower(b))
	}
	return to
}
