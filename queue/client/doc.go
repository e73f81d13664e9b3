// Package client is a platform's way to Gavel's workers: submit, watch, wait for the verdict, cancel, judge again.
// Package judge/api has what is sent and what comes back.
//
//	Connect -> Conn -> New -> Client
//	               -> NewProblems -> Problems, the store of packages
package client
