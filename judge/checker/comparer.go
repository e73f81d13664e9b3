package checker

// Comparer judges an output by comparing it with the answer, in process. Options, those of the default output
// validator, are one.
type Comparer interface {
	Compare(output, answer []byte) Result
}

// Compare implements Comparer.
func (o Options) Compare(output, answer []byte) Result { return Compare(output, answer, o) }
