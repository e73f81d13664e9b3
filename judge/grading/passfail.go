package grading

import "github.com/gaveloj/gavel/judge/problem"

// passFail are the rules of pass-fail problems in all formats: every test case must be accepted, and the first that
// is not decides the verdict, whatever its group.
type passFail struct{}

func (b *builder) passFail(root *problem.Group) *node {
	n := b.node(root, passFail{})
	b.flat(n, root)
	return n
}

func (passFail) enter(*Cursor) bool    { return true }
func (passFail) counts(item) bool      { return true }
func (passFail) stops(v value) bool    { return v.verdict != accepted }
func (passFail) most() (float64, bool) { return 0, false }

func (passFail) unit(_ *Cursor, _ Unit, r Result) (value, *Error) {
	return value{verdict: r.Verdict, noScore: true}, nil
}

func (passFail) result(t *tally) (value, *Error) {
	v := t.firstError()
	return v, nil
}
