package guard

import (
	"errors"
	"strings"
	"testing"
)

func TestCall(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	if err := Call(func() error { return fault }); !errors.Is(err, fault) {
		t.Errorf("Call() = %v, want %v", err, fault)
	}
	if err := Call(func() error { return nil }); err != nil {
		t.Errorf("Call() = %v, want nil", err)
	}
	err := Call(func() error { panic("secret of a contestant") })
	var panicked *PanicError
	if !errors.As(err, &panicked) || strings.Contains(err.Error(), "secret") || !strings.Contains(string(panicked.Stack), "TestCall") {
		t.Errorf("Call() = %v, want a panic with its stack and without its value", err)
	}
	var none []int
	if err := Call(func() error { none[0]++; return nil }); err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("Call() = %v, want the runtime's error", err)
	}
}
