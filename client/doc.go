// Package client is a platform's way to Gavel's workers: submit, watch, wait for the verdict. Package message has what
// is sent.
//
//	Connect -> Conn -> New -> Client
package client
