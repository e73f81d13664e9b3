// Package language knows how programs are compiled and run: the language table, the rules that choose a
// language and its entry point, compilation in a container, and the command line of a test run.
//
//	languages.yaml -> Table -> Prepare (caches, once per toolchain) -> SelfTest -> Offer
//	                                                                                 |
//	                        sources -> Resolve -> Unit -> Compile in a container -> Program -> Command
//
// A table is data and never changes after it was read. What a worker can really do is an Offer: a language
// whose toolchain is missing or whose self-test fails is in it with the reason, and cannot be had.
//
// No name that a submission chose is ever passed where a program could read it as an option: names are plain,
// and they reach compilers as "./name".
package language
