// Package hook turns the process into a container server when it was started as one. Every binary that makes
// containers, tests included, imports it for this effect:
//
//	import _ "github.com/gaveloj/gavel/sandbox/container/hook"
//
// It stands alone and imports next to nothing, because whatever is initialised before it costs memory and
// time in every container; GODEBUG=inittrace=1 shows what is.
package hook

import "github.com/gaveloj/gavel/sandbox/container"

func init() { container.ServeIfChild() }
