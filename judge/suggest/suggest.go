package settings

import "strings"

// Suggest says which of the known names was probably meant, or all of them where none is alike.
func Suggest(name string, known []string) string {
	best, least := "", len(name)
	for _, k := range known {
		if d := editDistance(key(name), key(k)); d < least {
			best, least = k, d
		}
	}
	if least > max(1, len(name)/3) {
		return "known are " + strings.Join(known, ", ")
	}
	return "did you mean " + best + "?"
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
