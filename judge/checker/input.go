package checker

import (
	"context"
	"fmt"

	"github.com/gaveloj/gavel/sandbox"
)

// The exit code with which an input validator of testlib accepts.
const testlibValid = 0

// RunInputValidator runs an input validator in sb, which must be fresh from a lease: the input is its standard input,
// flags are its arguments. By exit code 42 the input is Accepted, and by any other it is Wrong; with protocol Testlib
// by 0. A validator that breaks a limit or is ended by a signal is an Error. What it printed is in JudgeMessage.
func RunInputValidator(
	ctx context.Context, sb *sandbox.Sandbox, v Program, input []byte, flags []string, limits sandbox.Limits,
) (Result, error) {
	facts, err := runFilter(ctx, sb, v, input, flags, limits)
	if err != nil {
		return Result{}, err
	}
	out := inputResult(v, facts, limits)
	out.Usage = Usage{CPU: facts.CPU, Wall: facts.Wall, PeakMemory: facts.PeakMemory}
	return out, nil
}

func inputResult(v Program, facts sandbox.Result, limits sandbox.Limits) Result {
	r := reply{program: v, in: Invocation{Limits: limits}, facts: facts}
	if what := complaint(facts, limits); what != "" {
		return r.complain(what)
	}
	valid := exitAccepted
	if v.protocol() == Testlib {
		valid = testlibValid
	}
	said := joinMessages(clip(facts.Stdout, maxTail), clip(facts.Stderr, maxTail))
	if facts.ExitCode == valid {
		return Result{Decision: Accepted, JudgeMessage: said}
	}
	return Result{
		Decision:     Wrong,
		JudgeMessage: joinMessages(fmt.Sprintf("%s ended with exit code %d, and accepts with %d", v.name(), facts.ExitCode, valid), said),
	}
}
