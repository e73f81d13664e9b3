#!/bin/sh
# check INPUT OUTPUT ANSWER: 0 when the output is another word with the letters of the input, 1 when not.
letters() { fold -w 1 | sort | tr -d '\n'; }
word=$(cat "$1") other=$(head -c 200 "$2")
test "$word" != "$other" || { echo "the same word" >&2; exit 1; }
test "$(echo "$word" | letters)" = "$(echo "$other" | letters)" || { echo "other letters" >&2; exit 1; }
