// Package yamlmap reads YAML maps key by key, and says of each value that cannot be meant where it is and what to write: the
// errors that yaml gives itself know no keys, and no key that is misspelt. Numbers follow the grammar of the package
// formats and not that of YAML. A file is untrusted: what its aliases stand for is bounded before it is followed.
package yamlmap
