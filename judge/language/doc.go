// Package language knows how programs are compiled and run: the language table, the rules that choose a
// language and its entry point, compilation in a container, and the command line of a test run.
//
//	languages.yaml -> Table -> Toolchains -> Ready (the cache that it needs, then the self-test; once per toolchain)
//	                                              |
//	          sources -> Choose -> Unit -> Compile in a container -> Program -> Command
//
// A table is data and never changes after it was read. What a worker can really do, Toolchains tells: nothing is
// prepared before it is needed, or Run comes to it; a language whose toolchain is missing or whose self-test fails cannot
// be had, and its status has the reason. A toolchain that changes is prepared and tested anew.
//
//	pending -> preparing -> ready   -> pending, when the toolchain has changed
//	                     -> failed  -> pending, likewise, and after a rest
//
// A cache makes compiling quicker and changes nothing else: what a submission gets never depends on whether it is there.
//
// No name that a submission chose is ever passed where a program could read it as an option: names are plain,
// and they reach compilers as "./name".
package language
