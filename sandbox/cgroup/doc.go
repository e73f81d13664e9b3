// Package cgroup bounds and measures what runs in a container with Linux control groups, version 1 or 2,
// behind one small API.
//
// It promises: exact CPU time and peak memory of every process of a run, orphans included; the number of
// processes that the kernel killed for lack of memory; a kill that leaves nobody; and that what a killed
// worker left behind is gone after the next NewTree. It writes no cgroup.procs between runs, because on
// version 1 any such write can wait for an RCU grace period, 11 ms on an idle machine.
//
//	own control group                       read from /proc/self/cgroup, never above or beside it
//	└── gavel-0            Tree             one per worker, held by flock on the directory
//	    ├── worker                          version 2 only, where the worker had to make room for controllers
//	    └── c0             Group            one per container; carries the cpuset
//	        ├── server                      pid 1 of the container: not billed, not limited
//	        └── run        one run          limits, CPU, peak; the program enters it by Entry
//
// On version 1 that tree exists once per hierarchy (memory, pids, cpuacct; cpuset without leaves, because a
// child inherits the server's). On version 2, where the kernel cannot reset memory.peak (before 6.12), each
// run gets a fresh leaf run-1, run-2, ...; everywhere else one leaf serves every run of the container.
//
// A run is Start, then the child enters by Entry, then CPU as often as the limit timer needs it, then Usage.
// A Group belongs to one goroutine at a time, save for CPU, Kill and Populated, which may be called beside
// each other while a run is on.
package cgroup
