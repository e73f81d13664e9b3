// Package classify decides the verdict of a test case from the facts of its run, its limits and what the checker said, in pure
// functions. It is the only place where that is done.
package classify
