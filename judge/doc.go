// Package judge turns a submission into a report. It is the only place where a verdict is decided.
//
//	submission -> problem package -> language -> compile -> artifact
//	                                                          |
//	             for each test case: run -> facts -> checker -> classify -> test report
//	                                                          |
//	                                                       report
package judge
