// Package checker decides whether the output of a run that ended well is right.
//
// The default output validator works in this process, on bytes:
//
//	args -> ParseArgs -> Options
//	output, answer, Options -> Compare -> Result
//
// Other Comparers work the same way, see ParseComparer.
//
// A custom output validator or checker is a program, and an untrusted one: it runs in a container.
//
//	Program, Invocation -> Prepare -> Call.Command -> (run) -> facts -> Call.Finish -> Result
//	                          Protocol: arguments     facts, printed text, feedback files: answer
//
// By the protocol of Kattis, for example:
//
//	           /judge/input  /judge/answer  /tmp/feedback/  args...
//	output --> stdin of the validator --> exit 42: accepted, 43: wrong, anything else: judge error
//	                                  --> /tmp/feedback/judgemessage.txt, teammessage.txt, score.txt, nextpass.in
//
// Run does it all for outputs that are there already. Static validators, graders, input validators and visualizers are
// Programs too, each with a function of its own.
//
// Whatever the bytes of the output are, Compare ends in time linear in their number and never panics. Whatever
// a validator does, Run ends within its limits with a Result; an error of Run is a fault of the sandbox.
package checker
