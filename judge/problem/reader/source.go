package reader

import (
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

// source is a package that is read: its files, and what the reader has to know of it to make programs of them.
type source struct {
	*tree.Tree
	format  problem.Format // known once problem.yaml was read
	include []string       // directories of the host with headers that packages may leave out
	// testlib is what ownTestlib has found.
	testlib          *tree.Entry
	lookedForTestlib bool
}

// detect fills in the language of a program.
func (t *source) detect(p *problem.Program) { problem.DetectLanguage(t.Tree, t.format, p) }
