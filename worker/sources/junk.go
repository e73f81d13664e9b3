package sources

import (
	"path"
	"slices"
	"strings"
)

// Junk reports whether a file or directory, by its name alone, is what programs leave behind and nobody wrote: hidden
// files, what systems and editors add, and what compilers make.
func Junk(name string) bool {
	switch {
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, "~"):
		return true
	case slices.Contains([]string{"__MACOSX", "__pycache__", "node_modules", "target", "Thumbs.db", "desktop.ini"}, name):
		return true
	}
	return slices.Contains([]string{".class", ".o", ".obj", ".pyc", ".exe"}, strings.ToLower(path.Ext(name)))
}

// junkPath reports whether an element of the path of a file in an archive is junk. What leads elsewhere is not.
func junkPath(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(e string) bool { return e != "." && e != ".." && Junk(e) })
}
