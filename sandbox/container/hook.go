package container

import "os"

// serverName is the whole argument vector of a container server.
const serverName = "gavel-container"

// socketFD is the descriptor on which a container server finds its socket.
const socketFD = 3

// ServeIfChild turns this process into a container server, and never returns, when it was started as one. It
// belongs into an init function: that of package hook.
func ServeIfChild() {
	if len(os.Args) == 1 && os.Args[0] == serverName {
		serve(socketFD)
	}
	if len(os.Args) == 2 && os.Args[0] == serverName && os.Args[1] == untilMapped {
		serveWhenMapped()
	}
}
