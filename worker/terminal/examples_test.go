package terminal

import "testing"

// A long example goes on where a shell lets it, and a flag keeps its value.
func TestExamples(t *testing.T) {
	t.Parallel()
	got := Examples(`
		gavel short
		gavel exactly fifty-six columns wide 123456789 123456789
		gavel one more than fifty-six columns is 123456789 123456
		gavel command package --by '(quoted with blanks) in it' --out results --value last
		gavel exec --memory 64MiB --input in.txt --repeat 20 -- ./prog argument`)
	const want = `Examples:

    gavel short
    gavel exactly fifty-six columns wide 123456789 123456789
    gavel one more than fifty-six columns is 123456789 \
        123456
    gavel command package \
        --by '(quoted with blanks) in it' --out results \
        --value last
    gavel exec --memory 64MiB --input in.txt --repeat 20 \
        -- ./prog argument`
	if got != want {
		t.Errorf("Examples() = %s\nwant %s", got, want)
	}
}
