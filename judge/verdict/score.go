package verdict

// Score is what a validator or checker gave besides its decision. The zero value is no score. Whether the problem asks
// for a score, allows it or forbids it, and how large it may be, is not looked at here.
type Score struct {
	Kind ScoreKind
	// Value is finite, and not negative save for ScoreAbsolute in the legacy formats.
	Value float64
}

// ScoreKind says what the value of a Score means.
type ScoreKind int

// The kinds.
const (
	ScoreNone       ScoreKind = iota
	ScoreAbsolute             // score.txt, and points of testlib: in the units of the problem
	ScoreMultiplier           // score_multiplier.txt, and fractions of cms and testlib: 0 to 1 times the most
)
