// Package examples reads the example submissions of a problem package, and what each of them must get: by its directory, by a
// tag in its source, and by submissions.yaml.
//
//	directory, tag -> Expectation <- submissions.yaml
package examples
