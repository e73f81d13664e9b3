// Package seccomp turns a policy, a JSON file, into the program by which the kernel decides on each system
// call (seccomp with BPF, man 2 seccomp).
//
// It promises: a policy that is not understood to the last word is refused, with the field named; a system
// call that the policy does not name gets the policy's default; a call of another architecture (32-bit
// int 0x80, x32) gets the action for that, and never passes as something else.
//
//	JSON --Parse--> Policy --Compile--> Filter (array of struct sock_filter) --> prctl or seccomp(2)
//
// The container server installs the filter on itself, once, when its own set-up is done; programs inherit it
// and pay nothing for it. So the server lives under the filter as well: Policy.ServerLacks says what a policy
// takes from it.
//
// # clone3
//
// clone3 passes its flags in memory, where a filter cannot see them. So the default policy answers it with
// ENOSYS, and the C library falls back to clone, whose flags can be checked. But on control groups version 2
// the container server needs clone3 to place a program (CLONE_INTO_CGROUP); there, use Policy.WithClone3. It
// opens no new namespaces, because the server sets max_user_namespaces to 0 in the container, and all other
// kinds need a capability that programs do not have.
package seccomp
