"""Weighs coins. Prints the number of coins, and for each weighing the heavier coin."""
import re
import sys


def say(file, text):
    with open(sys.argv[3] + file, "a") as f:
        f.write(text + "\n")


def wrong(why):
    say("judgemessage.txt", why)
    say("teammessage.txt", why)
    sys.exit(43)


with open(sys.argv[1]) as f:
    coins = int(f.readline())
    weights = [int(w) for w in f.readline().split()]
print(coins, flush=True)
for weighing in range(coins):
    line = sys.stdin.buffer.readline(100)
    if line == b"":
        wrong("end of output")
    match = re.fullmatch(rb"\? ([1-9][0-9]?) ([1-9][0-9]?)\n|! ([1-9][0-9]?)\n", line)
    if not match:
        wrong("neither a weighing nor an answer")
    named = [int(group) for group in match.groups() if group]
    if max(named) > coins:
        wrong("no such coin")
    if match[3]:
        if weights[named[0] - 1] != max(weights):
            wrong("not the heaviest coin")
        if sys.stdin.buffer.read(1) != b"":
            wrong("output after the answer")
        say("judgemessage.txt", f"{weighing} weighings")
        sys.exit(42)
    if named[0] == named[1]:
        wrong("one coin on both sides")
    print(max(named, key=lambda coin: weights[coin - 1]), flush=True)
wrong("too many weighings")
