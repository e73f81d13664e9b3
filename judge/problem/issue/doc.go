// Package issue collects what is wrong with a problem package, with the file, the line and the remedy, so that an author
// sees all of it at once. It also bounds the work that a package may ask its reader for.
package issue
