// Package schedule does the units of a grading plan with several workers at a time, and has the outcome of doing them in
// order. It knows nothing of programs: what a unit does is a function of the caller.
package schedule
