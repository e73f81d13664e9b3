// Package diskcache keeps directories on disk by key, within a number of bytes, and lets those who ask for one key at the
// same time share the work of making what belongs to it.
//
// A Cache evicts what was used longest ago, and never what is in use. A CallGroup is a singleflight whose work ends when
// nobody waits for it any more, and whose result stays valid until all who waited have taken it over. The package knows
// nothing of problems or programs.
package diskcache
