//go:build !faults

package queue

// failpoint marks a point on the way of a submission at which fault tests kill or stop the worker. It costs nothing here:
// with the build tag "faults" it is another function.
func failpoint(string) {}
