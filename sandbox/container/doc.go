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
// # Messages
//
// Every message is one packet: version, type, fields (codec.go); descriptors travel as SCM_RIGHTS, the pid of
// a program as SCM_CREDENTIALS, which the kernel translates into the worker's pid namespace.
//
//	cmd      reply
//	ping     success
//	conf     success | error (step, errno, message)
//	open     success with descriptors, and an error for each item that was not opened | error
//	delete   success | error
//	reset    success | error: then the container must be destroyed
//	execve   success with the pid, then finished | error naming the step
//	kill     none of its own; the pending finished
//
// A message that cannot be read, that brings descriptors that nobody asked for, or that the state does not
// allow, gets an error. The client gives every wait a deadline; a container that misses it, dies or answers
// nonsense is lost (LostError) and is replaced by its owner.
//
// # States
//
//	Init ──conf──> Ready ──execve──> Running ──finished──> Ready ──socket closed──> exit
//
// When the worker dies the socket closes, pid 1 exits, and the kernel ends everything in the container.
package container
