// Package attacktest judges the hostile programs of testcases/attacks on real containers, and holds three separate
// things for each of them:
//
//	attack ──> judge.Judge ──> slot 0        verdict    one of the safe ones of the manifest
//	                           slot 1        neighbour  an honest program beside it: accepted, in its usual CPU time
//	           before │ after
//	                  └ host                 processes, mounts, control groups, descriptors, memory, disk, IPC,
//	                                         keys, canaries: as they were
//
// Programs that look for a hole print "safe" when they found none and what they found otherwise, so that an
// accepted attack is one that was tried and failed. The same package keeps the soak: thousands of mixed runs, of
// pairs too, after which the worker must hold what it began with. All of it is tests.
package attacktest
