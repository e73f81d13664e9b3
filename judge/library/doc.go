// Package library finds the packages of problems by name: in a directory of the host (DirSource), in a store for all
// workers with a cache on disk (StoreSource), or in one after the other (Chain). A package is loaded once and lent to
// those who judge by it.
package library
