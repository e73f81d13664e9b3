package message

// MaxMessage is the largest submission message, in bytes, where the server's limit allows it: 32 MiB.
const MaxMessage = 32 << 20

// EnvelopeBytes is reserved for what surrounds a payload in a dead letter, and for headers.
const EnvelopeBytes = 64 << 10

// MaxSubmissionBytes is the largest submission message for a server with the given limit: as a dead letter, in base64, it must
// still pass.
func MaxSubmissionBytes(serverLimit int64) int64 {
	return min(MaxMessage, max((serverLimit-EnvelopeBytes)/4*3, serverLimit/2))
}
