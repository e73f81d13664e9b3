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
// handleLoop itself waits for what is quick, a command within 200 ms and a program within 5, and for room in the socket;
// see containerServer, commands and replies.
//
// # Messages
//
// Every message is one packet: version, type, fields (codec.go); descriptors travel as SCM_RIGHTS, the pid of
// a program as SCM_CREDENTIALS, which the kernel translates into the worker's pid namespace.
//
//	cmd      allowed in        reply
//	ping     each state        success
//	conf     Init              success | error (step, errno, message): then the container must be destroyed
//	open     Ready             success with descriptors, and an error for each item that was not opened | error: over 50
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
// allow, gets an error, and so does a command whose reply would be too long. The client gives every wait a deadline, and
// stops waiting 100 ms after its context is canceled; a container that does not answer by then, dies or sends what the
// table does not have is lost (LostError), and its owner replaces it. A server that cannot wait for a program that it
// started exits.
//
// A judge of programs, such as the rest of this module, needs ping, conf, open, reset and execve. The others are for other
// users of a container: delete, for one that keeps files over several runs and has to remove some (Gavel resets between
// runs, off their critical path); Config.InitCommand, for a site that has to prepare something inside before the first
// run; Exec.Seccomp, for one whose programs must not all get the same filter (Gavel's inherit that of the server, so that
// no run pays for it). They are held to the same tests.
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
