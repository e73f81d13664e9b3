package checker

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
)

// isNumber says whether token is a number by the grammar of the 2025-09 format:
//
//	[+-]? ( digits* "." digits+ | digits+ "." | digits+ ) ( [eE] [+-]? digits+ )?
//
// Hexadecimal, "inf" and "nan" are words, not numbers.
func isNumber(token []byte) bool {
	i := skipSign(token, 0)
	whole := skipDigits(token, i)
	digits := whole - i
	i = whole
	if i < len(token) && token[i] == '.' {
		fraction := skipDigits(token, i+1)
		digits += fraction - (i + 1)
		i = fraction
	}
	if digits == 0 {
		return false
	}
	if i < len(token) && token[i]|0x20 == 'e' {
		first := skipSign(token, i+1)
		i = skipDigits(token, first)
		if i == first {
			return false
		}
	}
	return i == len(token)
}

func skipSign(token []byte, i int) int {
	if i < len(token) && (token[i] == '+' || token[i] == '-') {
		i++
	}
	return i
}

func skipDigits(token []byte, i int) int {
	for i < len(token) && token[i]-'0' <= 9 {
		i++
	}
	return i
}

// parse returns the value of a token for which isNumber holds; an infinity when it is too large for a float64.
func parse(token []byte) float64 {
	// ParseFloat does not keep its argument, so a short string lives on the stack: no allocation here.
	v, _ := strconv.ParseFloat(string(token), 64) // the one possible error is ErrRange, and v tells it
	return v
}

// close says whether the number in output is within a tolerance of the one in answer. Both are numbers by
// isNumber, and not the same bytes.
func (o Options) close(output, answer []byte) bool {
	s, a := parse(output), parse(answer)
	if math.IsInf(s, 0) || math.IsInf(a, 0) {
		// |s-a| <= e*|a| would hold for every s. Numbers this large are met by the same number only.
		return math.IsInf(s, 0) && math.IsInf(a, 0) && sameHuge(output, answer)
	}
	p := pair{output: output, answer: answer, s: s, a: a}
	absolute, relative := p.within(o.Absolute, 1), p.within(o.Relative, math.Abs(a))
	if absolute == yes || relative == yes {
		return true
	}
	return absolute == unsure && p.exactly(o.Absolute, true) || relative == unsure && p.exactly(o.Relative, false)
}

// pair is two finite numbers with the tokens that they were read from.
type pair struct {
	output, answer []byte
	s, a           float64
}

// certainty is an answer that rounding may leave open.
type certainty int

const (
	no certainty = iota
	yes
	unsure
)

// within says whether |s-a| <= t*scale; scale is 1 or |a|. It is unsure where rounding could decide: 0.4 is within
// 0.1 of 0.3 although the float64 difference is 0.10000000000000003.
func (p pair) within(t Tolerance, scale float64) certainty {
	if !t.set {
		return no
	}
	diff, bound := math.Abs(p.s-p.a), t.value*scale
	// Reading a number and each operation are off by at most 2^-53 of the result; this is well beyond it.
	doubt := 0x1p-50 * (math.Abs(p.s) + math.Abs(p.a) + diff + bound)
	switch gap := diff - bound; {
	case gap > doubt: // both comparisons are false when anything overflowed
		return no
	case gap < -doubt:
		return yes
	}
	return unsure
}

// maxExact bounds the length and the exponent of what is computed exactly, and so its cost.
const maxExact = 400

// exactly decides what within is unsure of, without rounding. Numbers too long to be worth it are compared as float64.
func (p pair) exactly(t Tolerance, absolute bool) bool {
	s, okS := exact(p.output)
	a, okA := exact(p.answer)
	bound, okT := exact([]byte(t.text))
	if !okS || !okA || !okT {
		return p.rounded(t, absolute)
	}
	diff := s.Sub(s, a)
	if !absolute {
		bound.Mul(bound, a.Abs(a))
	}
	return diff.Abs(diff).Cmp(bound) <= 0
}

func (p pair) rounded(t Tolerance, absolute bool) bool {
	scale := math.Abs(p.a)
	if absolute {
		scale = 1
	}
	return math.Abs(p.s-p.a) <= t.value*scale
}

// exact reads a number without rounding, if it is of moderate size.
func exact(token []byte) (*big.Rat, bool) {
	if len(token) > maxExact {
		return nil, false
	}
	if i := bytes.IndexAny(token, "eE"); i >= 0 {
		e, err := strconv.Atoi(string(token[i+1:]))
		if err != nil || e > maxExact || e < -maxExact {
			return nil, false
		}
	}
	return new(big.Rat).SetString(string(token))
}

// sameHuge says whether two numbers beyond float64 are equal, to 512 bits of mantissa.
func sameHuge(output, answer []byte) bool {
	if len(output) > maxExact || len(answer) > maxExact {
		return false
	}
	s, _, errS := big.ParseFloat(string(output), 10, 512, big.ToNearestEven)
	a, _, errA := big.ParseFloat(string(answer), 10, 512, big.ToNearestEven)
	return errS == nil && errA == nil && !a.IsInf() && s.Cmp(a) == 0
}
