// Package schemas holds the JSON schemas of messages and files.
package schemas

import "embed"

// Files are the schemas, by name: verdict.json.
//
//go:embed *.json
var Files embed.FS
