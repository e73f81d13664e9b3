// Package sandbox runs one command under limits in a container and returns the facts: how it ended, what it
// used, what it wrote. It holds no policy, writes no log and counts no metric.
package sandbox
