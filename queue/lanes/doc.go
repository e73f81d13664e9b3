// Package lanes decides which lane of a pool the next free slot looks into, so that the lanes share the time of the slots by
// their weights. It asks no server.
package lanes
