// Package excerpt shows as much of outputs and conversations as a report has room for.
package excerpt
