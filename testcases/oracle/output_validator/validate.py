"""Answers questions about the bits of a number. The memory goes on to the next pass by its input."""
import re
import sys

_, input_file, _, feedback = sys.argv[:4]
secret, memory = [int(n) for n in open(input_file).read().split()]


def say(text):
    with open(feedback + "judgemessage.txt", "a") as f:
        f.write(text + "\n")


def wrong(why):
    say(why)
    sys.exit(43)


say(f"visit with memory {memory}")
print(memory, flush=True)
for question in range(3):
    line = sys.stdin.buffer.readline(100)
    match = re.fullmatch(rb"([?=!]) ([0-9]{1,3})\n", line)
    if not match:
        wrong("nothing that the oracle understands")
    verb, number = match[1], int(match[2])
    if verb == b"!":
        if number != secret:
            wrong("another number")
        sys.exit(42)
    if verb == b"=":
        with open(feedback + "nextpass.in", "w") as f:
            f.write(f"{secret} {number}\n")
        sys.exit(42)
    if question == 2 or number > 3:
        wrong("a question too many" if question == 2 else "no such bit")
    print(secret >> number & 1, flush=True)
wrong("no end of the visit")
