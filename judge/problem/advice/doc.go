// Package advice tells authors of problem packages what no verdict depends on and is mostly a mistake: a missing statement or
// license, test cases that are there twice, an order of tests that people do not count in.
package advice
