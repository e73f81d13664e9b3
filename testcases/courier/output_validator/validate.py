"""First pass: takes the word, and asks for a second pass with it. Second pass: compares the number."""
import re
import sys

_, input_file, answer_file, feedback = sys.argv[:4]
task = open(input_file).read().split()
output = sys.stdin.buffer.read(1000)


def say(text):
    with open(feedback + "judgemessage.txt", "a") as f:
        f.write(text + "\n")


if task[0] == "write":
    match = re.fullmatch(rb"\s*([ab]{1,20})\s*", output)
    if not match:
        say("no word")
        sys.exit(43)
    word = match[1].decode()
    say(f"word {word}")
    with open(feedback + "nextpass.in", "w") as f:
        f.write(f"read {word}\n")
    sys.exit(42)
if output.strip() != open(answer_file).read().strip().encode():
    say("other number")
    sys.exit(43)
say("same number")
sys.exit(42)
