// Package problem is what a problem package says: its test cases, limits, programs and example submissions.
//
// Package reader makes a Problem of the files, with the packages below it: tree has the files, yamlmap the settings in
// them, glob the patterns, examples the example submissions, foreign the layouts of other systems, and issue what is wrong.
//
// A Problem is data and safe for concurrent use. Close removes what an archive was unpacked to.
package problem
