package bench

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
)

// nothing is the machine code of a program that ends at once with exit code 0, by architecture. A C library's start-up
// would cost more than the sandbox does.
var nothing = map[string]struct {
	machine elf.Machine
	code    []byte
}{
	"amd64": {elf.EM_X86_64, []byte{
		0x31, 0xff, // xor edi, edi
		0xb8, 0xe7, 0x00, 0x00, 0x00, // mov eax, 231 (exit_group)
		0x0f, 0x05, // syscall
	}},
	"arm64": {elf.EM_AARCH64, []byte{
		0x00, 0x00, 0x80, 0xd2, // mov x0, 0
		0xc8, 0x0b, 0x80, 0xd2, // mov x8, 94 (exit_group)
		0x01, 0x00, 0x00, 0xd4, // svc 0
	}},
}

// writeNothing writes the program that does nothing, as an executable file.
func writeNothing(name string) error {
	n, ok := nothing[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("there is no program that does nothing for %s; leave the groups run, busy and container out with --only", runtime.GOARCH)
	}
	const base, page = 0x400000, 0x1000
	var header elf.Header64
	var segment elf.Prog64
	start := uint64(binary.Size(header) + binary.Size(segment))
	size := start + uint64(len(n.code))
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA], header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	header.Type, header.Machine, header.Version = uint16(elf.ET_EXEC), uint16(n.machine), uint32(elf.EV_CURRENT)
	header.Entry, header.Phoff = base+start, uint64(binary.Size(header))
	header.Ehsize, header.Phentsize, header.Phnum = uint16(binary.Size(header)), uint16(binary.Size(segment)), 1
	segment = elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: page,
	}
	var file bytes.Buffer
	for _, part := range []any{header, segment, n.code} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("make the program that does nothing: %w", err)
		}
	}
	return os.WriteFile(name, file.Bytes(), 0o755) //nolint:gosec // the user of a container has to be able to execute it
}
