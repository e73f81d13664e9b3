// Package seccomp carries the seccomp policies that come with Gavel.
package seccomp

import _ "embed"

// Default is the policy for submissions and for the programs of problem packages, in the format that
// sandbox/seccomp.Parse reads. Compilers, the JVM, Python, Node, Go and Rust run under it.
//
//go:embed default.json
var Default []byte
