// Package threads asks /proc what the threads of a run do, and for how long they were kept from it.
package threads
