// Package checker decides whether the output of a run that ended well is right.
//
// The default output validator works in this process, on bytes:
//
//	args -> ParseArgs -> Options
//	output, answer, Options -> Compare -> Result
//
// A custom output validator is a program, and an untrusted one: it runs in a container.
//
//	           /judge/input  /judge/answer  /w/feedback/  args...
//	output --> stdin of the validator --> exit 42: accepted, 43: wrong, anything else: judge error
//	                                  --> feedback/judgemessage.txt, feedback/teammessage.txt
//
// Whatever the bytes of the output are, Compare ends in time linear in their number and never panics. Whatever
// a validator does, Run ends within its limits with a Result; an error of Run is a fault of the sandbox.
package checker
