// Package grade makes grades of a class's submissions.
//
//	Collect -> []Entry -> Join (roster) -> Run (judges each, once) -> Book -> Write: grades.csv, grades.json, page, feedback
//
// An Entry is what one student has handed in. Every entry becomes one Student, a row with a status, whatever is wrong with it:
// nothing of a student ends the class. Nothing is guessed either: what could be read in two ways is told, with the files that
// are in question.
//
// The Book does not depend on the order of the entries, on how many are judged at a time, or on interruptions. Whoever has
// not changed since an earlier Book keeps that result.
package grade
