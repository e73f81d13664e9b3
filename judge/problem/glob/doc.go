// Package glob has the patterns that problem packages write for test cases and submissions.
package glob
