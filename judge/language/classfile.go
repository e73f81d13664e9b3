package language

import (
	"encoding/binary"
	"errors"
)

// Access flags of methods and tags of constants, from chapter 4 of the Java virtual machine specification.
const (
	accessPublic, accessStatic = 0x0001, 0x0008
	constantUTF8               = 1
)

// constantSize is how many bytes follow the tag of a constant; UTF8 has its length in front.
var constantSize = map[byte]int{3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}

// startsProgram tells whether a class file has the method that the java command starts. What is no class file has
// none.
func startsProgram(class []byte) bool {
	r := classReader{rest: class}
	names := r.header()
	for range r.u16() { // fields
		r.member()
	}
	for range r.u16() {
		access, name, descriptor := r.member()
		if r.err != nil {
			return false
		}
		const entry = accessPublic | accessStatic
		if access&entry == entry && names[name] == "main" && names[descriptor] == "([Ljava/lang/String;)V" {
			return true
		}
	}
	return false
}

var errClassFile = errors.New("no class file")

// classReader reads a class file from front to back. After an error it reads zeros.
type classReader struct {
	rest []byte
	err  error
}

func (r *classReader) take(n int) []byte {
	if r.err != nil || n > len(r.rest) {
		r.err, r.rest = errClassFile, nil
		return make([]byte, min(n, 8))
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *classReader) u16() int { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *classReader) u32() int { return int(binary.BigEndian.Uint32(r.take(4))) }

// header reads all that stands before the fields, and returns the texts among the constants.
func (r *classReader) header() map[int]string {
	if r.u32() != 0xCAFEBABE {
		r.err = errClassFile
	}
	r.take(4) // version
	names := map[int]string{}
	for i, count := 1, r.u16(); i < count && r.err == nil; i++ {
		switch tag := r.take(1)[0]; {
		case tag == constantUTF8:
			names[i] = string(r.take(r.u16()))
		case constantSize[tag] == 0:
			r.err = errClassFile
		default:
			r.take(constantSize[tag])
			if constantSize[tag] == 8 {
				i++ // the two of 8 bytes count twice
			}
		}
	}
	r.take(6) // access, this class, its parent
	r.take(2 * r.u16())
	return names
}

// member reads a field or a method.
func (r *classReader) member() (access, name, descriptor int) {
	access, name, descriptor = r.u16(), r.u16(), r.u16()
	for range r.u16() {
		r.take(2)
		r.take(r.u32())
	}
	return access, name, descriptor
}
