package message

import "encoding/base64"

// ObjectStream is the stream that holds the objects of a store.
func ObjectStream(bucket string) string { return "OBJ_" + bucket }

// ObjectSubject is where it is published what an object is.
func ObjectSubject(bucket, name string) string {
	return "$O." + bucket + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

// ChunkSubject is where the content of an object is published, in pieces; nuid is one upload of it.
func ChunkSubject(bucket, nuid string) string { return "$O." + bucket + ".C." + nuid }
