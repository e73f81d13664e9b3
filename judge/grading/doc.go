// Package grading puts the results of test cases together by the rules of the package formats: which test cases are
// visited, what each test group gets, and the verdict and the score of the submission.
//
// It is pure: a Plan is made once from the tree of a problem's test groups, and a Cursor goes over its units of work
// (test cases, runs of the static validator, runs of custom graders) in the order in which a judge that does one at a time would
// do them. At each unit it is given the result and goes on to the next one that the rules let it visit:
//
//	c := plan.Start()
//	for u, ok := c.Next(); ok; u, ok = c.Next() {
//		c.Put(judge(plan.Units[u]))
//	}
//	outcome := c.Outcome()
//
// A judge with several hands has a second cursor, a Clone, run ahead: there a result that is not known yet is assumed to
// be acceptance. Where the first cursor goes depends on results alone, never on who was faster.
//
// The rules, one file each:
//
//	passfail.go  pass-fail problems of all formats: the first test case that is not accepted decides
//	legacy.go    testdata.yaml as Kattis reads it: graders, flags, on_reject
//	domjudge.go  the same file as DOMjudge reads it
//	modern.go    test_group.yaml of 2025-09: max_score, score_aggregation, require_pass
package grading
