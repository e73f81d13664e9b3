// Package judge turns a submission into a report. Verdicts are decided here and nowhere else: those of test cases in
// judge/classify.
//
//	api.Submission -> request -> compiler -> compiledProgram
//	                                              |
//	       for each test: run -> classify.Facts -> checker -> classify.Run -> testResult
//	                                              |
//	                                          reporter -> api.Report
//
// Which tests run, in which order and with how many workers is decided in judge/schedule; what their results are worth in
// judge/grading. Compiled programs are kept by judge/artifact, packages come from judge/library, and judge/verify holds
// packages to their own word.
package judge
