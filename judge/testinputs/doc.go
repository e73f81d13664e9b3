// Package testinputs opens the inputs of test cases for programs, and keeps small ones open: every submission reads the same.
package testinputs
