// Package reader reads problem packages and says everything that is wrong with one at once.
//
//	directory, .zip, .kpp -> tree.Tree -> problem.yaml, limits -> tests, validator -> Problem
//	                             |                  |                       |
//	                             +------------------+-----------------------+--> issue.Findings -> issue.InvalidError
//
// It reads the ICPC and Kattis formats (legacy, legacy-icpc, the 2023-07 drafts, 2025-09) with what DOMjudge
// adds to them, packages in the style of testlib that gavel.yaml describes, and those of other systems, for which package
// foreign makes the gavel.yaml in memory. It is strict where a wrong guess would make a wrong verdict, and otherwise takes
// packages as they are found; what it ignored is in Problem.Warnings.
package reader
