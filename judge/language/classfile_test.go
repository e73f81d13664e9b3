package language

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/sandbox"
)

// classFile makes a class file with one method.
func classFile(access uint16, name, descriptor string) []byte {
	u16 := func(b []byte, v ...uint16) []byte {
		for _, x := range v {
			b = binary.BigEndian.AppendUint16(b, x)
		}
		return b
	}
	b := []byte{0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61}
	b = u16(b, 6) // constants 1 to 5: two texts, a long that counts twice, a class
	b = append(u16(append(b, 1), uint16(len(name))), name...)
	b = append(u16(append(b, 1), uint16(len(descriptor))), descriptor...)
	b = append(append(b, 5), make([]byte, 8)...)
	b = u16(append(b, 7), 1)
	b = u16(b, 1, 5, 5, 0)             // access, this class, parent, interfaces
	b = u16(b, 1, 2, 1, 2, 1, 1, 0, 3) // a field with an attribute of
	b = append(b, 9, 9, 9)             // three bytes
	return u16(b, 1, access, 1, 2, 0, 0)
}

func TestStartsProgram(t *testing.T) {
	main := classFile(9, "main", "([Ljava/lang/String;)V")
	tests := []struct {
		name  string
		class []byte
		want  bool
	}{
		{"main", main, true},
		{"varargs", classFile(0x89, "main", "([Ljava/lang/String;)V"), true},
		{"not static", classFile(1, "main", "([Ljava/lang/String;)V"), false},
		{"other name", classFile(9, "start", "([Ljava/lang/String;)V"), false},
		{"other argument", classFile(9, "main", "()V"), false},
		{"cut short", main[:len(main)-9], false},
		{"empty", nil, false},
		{"text", []byte("public static void main"), false},
	}
	for _, tt := range tests {
		if got := startsProgram(tt.class); got != tt.want {
			t.Errorf("%s: startsProgram() = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestStartClassPrefersMainMethods(t *testing.T) {
	java, _ := defaultTable(t).Lookup("java")
	with := classFile(9, "main", "([Ljava/lang/String;)V")
	without := classFile(1, "help", "()V")
	tests := []struct {
		name, asked string
		files       []sandbox.File
		want        string
	}{
		{"the only one with main", "", []sandbox.File{{Path: "Sum.class", Data: without}, {Path: "a/Run.class", Data: with}}, "a.Run"},
		{"named like the file", "", []sandbox.File{{Path: "Sum.class", Data: with}, {Path: "Run.class", Data: with}}, "Sum"},
		{"main inherited", "", []sandbox.File{{Path: "Sum.class", Data: without}, {Path: "Other.class", Data: without}}, "Sum"},
		{"asked for", "Other", []sandbox.File{{Path: "Other.class", Data: without}, {Path: "Run.class", Data: with}}, "Other"},
		{"several", "", []sandbox.File{{Path: "A.class", Data: with}, {Path: "B.class", Data: with}}, ""},
	}
	for _, tt := range tests {
		if got := java.startClass(tt.asked, "sum.java", tt.files); got != tt.want {
			t.Errorf("%s: startClass() = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Where nothing tells which class is meant, the program is one that cannot be started, and no compile error.
func TestUndecidedClassIsStartedInVain(t *testing.T) {
	with := classFile(9, "main", "([Ljava/lang/String;)V")
	without := classFile(1, "help", "()V")
	several := []sandbox.File{{Path: "A.class", Data: with}, {Path: "p/B.class", Data: with}, {Path: "C.class", Data: without}}
	tests := []struct {
		language, entry, main string
		files                 []sandbox.File
		class, note           string
	}{
		{"java", "", "sum.java", several, "Sum", `several classes have a main method: ["A" "p.B"], and none is called Sum`},
		{"java", "", "two-mains.java", several, "Main", "none is called Main"},
		{"kotlin", "", "sum.kt", several, "SumKt", "none is called SumKt"},
		{"java", "", "sum.java", []sandbox.File{{Path: "A.class", Data: without}, {Path: "B.class", Data: without}}, "Sum", "no class has a main method"},
		{"java", "D", "sum.java", several, "", ""},
		{"java", "", "sum.java", []sandbox.File{{Path: "notes.txt"}}, "", ""},
		{"erlang", "", "main.erl", several, "", ""},
	}
	for _, tt := range tests {
		u, err := unitOf(t, tt.language, tt.entry, tt.main)
		if err != nil {
			t.Fatal(err)
		}
		class, note := u.likelyEntry(tt.files)
		if class != tt.class || !strings.Contains(note, tt.note) || (note == "") != (tt.note == "") {
			t.Errorf("%s %s, %q: likelyEntry() = %q, %q; want %q, %q", tt.language, tt.main, tt.entry, class, note, tt.class, tt.note)
		}
	}
}

func FuzzStartsProgram(f *testing.F) {
	f.Add(classFile(9, "main", "([Ljava/lang/String;)V"))
	f.Fuzz(func(_ *testing.T, class []byte) { startsProgram(class) })
}
