package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// ContentDigest is the SHA-256, in hexadecimal, of all that a submission asks to be judged: everything but its ID, its
// attempt and the version of the message. Each file counts by its hash, so that it is the same wherever the file lies. Two
// submissions with the same digest get the same verdict; see Report.ContentSHA256.
func (s Submission) ContentDigest() string {
	type file struct{ Name, SHA256 string }
	files := make([]file, len(s.Files))
	for i, f := range s.Files {
		files[i] = file{f.Name, f.digest()}
	}
	data, err := json.Marshal(struct {
		Problem, ProblemDigest, Language, EntryPoint string
		Files                                        []file
		TimeLimitUsec                                int64
		Keep                                         []ArtifactKind
		AllTests                                     bool
	}{s.Problem, s.ProblemDigest, s.Language, s.EntryPoint, files, s.TimeLimitUsec, s.Keep, s.AllTests})
	if err != nil {
		return "" // strings, numbers and lists of them are always encoded
	}
	return hexSHA256(data)
}

func (f SourceFile) digest() string {
	if f.Object != nil {
		return f.Object.SHA256
	}
	return hexSHA256(f.Bytes())
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
