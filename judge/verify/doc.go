// Package verify holds a problem package to its own word: its example submissions against what they must get, its data
// against its validators, and its time limit against the times of its submissions, from which it computes one where the
// package states none.
package verify
