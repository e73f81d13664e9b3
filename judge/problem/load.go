package problem

// Load reads a package from a directory, or from a .zip or .kpp archive with the files at its root or below one
// directory. An archive is unpacked into a private temporary directory until Close.
//
// The error is an *InvalidError with everything that is wrong; an *UnsupportedError (errors.Is ErrUnsupported)
// for kinds of problems that are not judged yet; both joined; or that of the file system.
func Load(path string) (*Problem, error) {
	panic("being built")
}

// Submission is an example submission of the package.
type Submission struct {
	Program
	Expected Expectation
}

// Submissions lists the example submissions in byte order of their paths. On an *InvalidError the list holds those
// that are sound.
func (p *Problem) Submissions() ([]Submission, error) {
	panic("being built")
}

type tree struct{}
