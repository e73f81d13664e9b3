// Package suggest says which name was probably meant.
package suggest

import (
	"slices"
	"strings"
)

// maxSuggested is how many names are suggested at most, so that what is not meant does not hide what is.
const maxSuggested = 6

// Alike says which of the known names was probably meant: one that differs in few letters, or those that begin so. It is ""
// where none is alike.
func Alike(name string, known []string) string {
	name = plain(name)
	best, least := "", len(name)
	for _, k := range known {
		if d := editDistance(name, plain(k)); d < least {
			best, least = k, d
		}
	}
	if best != "" && least <= max(1, len(name)/3) {
		return "did you mean " + best + "?"
	}
	longer := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.HasPrefix(plain(k), name) })
	switch last := len(longer) - 1; {
	case len(name) < 2 || last < 0 || last >= maxSuggested:
		return ""
	case last == 0:
		return "did you mean " + longer[0] + "?"
	default:
		return "did you mean " + strings.Join(longer[:last], ", ") + " or " + longer[last] + "?"
	}
}

// Name is Alike, or all known names where none is alike.
func Name(name string, known []string) string {
	if hint := Alike(name, known); hint != "" {
		return hint
	}
	return "known are " + strings.Join(known, ", ")
}

// plain leaves of a name what matters when names are compared: of a flag not the signs before it.
func plain(name string) string {
	return strings.NewReplacer(".", "_", "-", "_").Replace(strings.TrimLeft(strings.ToLower(name), "-"))
}

// Distance is how many bytes have to be inserted, deleted or replaced to make b of a.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// editDistance is how many bytes have to be inserted, deleted, replaced or swapped with their neighbour to make b of a
// (optimal string alignment).
func editDistance(a, b string) int {
	var before, last []int // two rows of the table for a shorter beginning of a
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
