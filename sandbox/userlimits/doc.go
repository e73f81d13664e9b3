// Package userlimits divides among containers what the kernel counts for a user: inotify instances, pending signals, locked
// memory.
package userlimits
