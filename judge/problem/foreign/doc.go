// Package foreign describes problem packages of other systems in the words of gavel.yaml.
//
//	problem.xml -> polygon --------+
//	task.yaml   -> cms ------------+
//	config.yml  -> sinol ----------+-> Settings -> gavel.yaml in memory -> package problem
//	info.toml   -> librarychecker -+
//
// Each package below has the reader of one layout. It looks at names and small texts alone, through Files, and tells in
// Report what is wrong and what was not taken over: a thing that changes verdicts and that gavel.yaml cannot say is an error.
// What a reader does takes a time that is linear in the number of files and the size of the text.
package foreign
