package sources

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
)

// withoutMark makes UTF-8 without a byte-order mark of a text that begins with one: many compilers take it for a part of the
// program. Editors on Windows write such marks.
func withoutMark(data []byte) []byte {
	if rest, found := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); found {
		return rest
	}
	if !bytes.HasPrefix(data, []byte("\xff\xfe")) && !bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return data
	}
	text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
	if err != nil {
		return data
	}
	return text
}
