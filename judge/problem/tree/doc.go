// Package tree has the files of a problem package: from a directory or an archive, read once, with links resolved, hashed and
// packed again.
//
// A package is untrusted. Nothing outside its directory is ever read, however its links point; devices and
// FIFOs are never opened; an archive is bounded before a byte of it is written (see MaxPackage).
package tree
