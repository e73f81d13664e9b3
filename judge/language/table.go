package language

// Table is the language table: immutable after it was read.
type Table struct {
	Languages []*Language
	Env       []string // of every program, compiler and runtime
}

// Load reads the table at path; "" means the one built in.
func Load(path string) (*Table, error) { panic("being built") }
