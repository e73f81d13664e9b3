// Package container is the container module: a container server as pid 1 of a set of namespaces, and the
// client in the worker that commands it.
//
//	worker                                    user, pid, mount, net, ipc, uts, cgroup namespaces
//	+-----------+    SOCK_SEQPACKET           +------------------------------------------------+
//	|  Client   | --- cmd + descriptors ----> | containerServer (pid 1)                        |
//	|           | <-- reply + descriptors --- |   recvLoop -> recvCh -> handleLoop -> sendCh   |
//	+-----------+         + pid               |   handleLoop -> waitPid -> waitLoop            |
//	                                          |        └ forkexec ─> the program (another uid) |
//	                                          +------------------------------------------------+
//
// While commands (200 ms) and programs (5 ms) are quick, handleLoop does the waiting of the other loops itself; see
// containerServer.
//
// # Messages
//
// Every message is one packet: version, type, fields (codec.go); descriptors travel as SCM_RIGHTS, the pid of
// a program as SCM_CREDENTIALS, which the kernel translates into the worker's pid namespace.
//
//	cmd      allowed in        reply
//	ping     each state        success
//	conf     Init              success | error (step, errno, message): then the container must be destroyed
//	open     Ready             success with descriptors, and an error for each item that was not opened | error
//	delete   Ready             success | error
//	reset    Ready             success | error: then the container must be destroyed
//	execve   Ready             [success with the pid,] finished | error naming the step
//	kill     each state        none of its own; the pending finished, if there is one
//
// One run, as both sides see it. The success is left out when the program ends within 5 ms: nobody can use the pid of
// a process that is gone, and the message would wake the worker for nothing.
//
//	Client                                     containerServer                    program
//	  | execve: argv, limits, descriptors            |
//	  |--------------------------------------------->| vfork, limits, groups, uid ---> exec
//	  |     success: pid, CPU time of the set-up     |                                  |
//	  |<- - - - - - - - - - - - - - - - - - - - - - -| (after 5 ms)                     |
//	  | kill                                         |                                  |
//	  |- - - - - - - - - - - - - - - - - - - - - - ->| kill(-1) ----------------------> x
//	  |                                              | ends and reaps all that is left
//	  |     finished: wait status, wall time         |
//	  |<---------------------------------------------|
//
// A message that cannot be read, that brings descriptors that nobody asked for, or that the state does not
// allow, gets an error. The client gives every wait a deadline; a container that misses it, dies or answers
// nonsense is lost (LostError) and is replaced by its owner.
//
// # States
//
//	            conf              execve
//	  [Init] ----------> [Ready] ----------> [Running]
//	                     |  ^  ^                 |
//	                     +--+  +-----------------+
//	    ping, open, delete,         finished
//	    reset, error of execve
//
//	each state -- the socket closes --> exit, and with pid 1 the kernel ends everything in the container
//
// A worker that dies closes its end of the socket, so that it leaves nothing running.
package container
