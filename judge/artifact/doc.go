// Package artifact keeps compiled programs on disk, by a key of all that their compilation depends on.
//
// A program is compiled once, however many ask for it, and read from disk afterwards. Nothing is trusted because it is
// there: hashes are compared at the first use after a start, and what rotted is compiled again.
package artifact
