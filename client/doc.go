// Package client is a platform's way to Gavel's workers: submit, watch, wait for the verdict, cancel, judge again. Package message has what
// is sent.
//
//	Connect -> Conn -> New -> Client
//	               -> NewProblems -> Problems, the store of packages
package client
