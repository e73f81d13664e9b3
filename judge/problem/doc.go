// Package problem reads problem packages and says everything that is wrong with one at once.
//
//	directory, .zip, .kpp -> tree of files -> problem.yaml, limits -> tests, validator -> Problem
//	                              |                  |                       |
//	                              +------------------+-----------------------+--> issues -> InvalidError
//
// It reads the ICPC and Kattis formats (legacy, legacy-icpc, the 2023-07 drafts, 2025-09) with what DOMjudge
// adds to them, packages in the style of testlib that gavel.yaml describes, and those of other systems, for which package
// foreign makes the gavel.yaml in memory. It is strict where a wrong guess would make a wrong verdict, and otherwise takes
// packages as they are found; what it ignored is in Problem.Warnings.
//
// A package is untrusted. Nothing outside its directory is ever read, however its links point; devices and
// FIFOs are never opened; an archive is bounded before a byte of it is written (see MaxPackage).
//
// A Problem is data and safe for concurrent use. Close removes what an archive was unpacked to.
package problem
