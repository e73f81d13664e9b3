"""Output validator of "Zigzag".

usage: validate.py INPUT ANSWER FEEDBACK_DIRECTORY/ most_stops N < OUTPUT

The answer is not looked at: whether a list is right can be told from the list.
The flags are there for the problem to say how long a list may be.
"""
import os
import sys

ACCEPTED, WRONG_ANSWER = 42, 43


def reject(for_judges, for_team):
    """Ends with the verdict "wrong answer"."""
    for name, text in (("judgemessage.txt", for_judges), ("teammessage.txt", for_team)):
        with open(os.path.join(sys.argv[3], name), "a", encoding="utf-8") as message:
            message.write(text + "\n")
    sys.exit(WRONG_ANSWER)


def stop(word, n):
    """The stop that a word of the output names."""
    if not (word.isascii() and word.isdigit() and len(word) <= 4 and 1 <= int(word) <= n):
        reject(f"{word[:20]!r} is no stop in 1..{n}", "There is something that is not a stop.")
    return int(word)


def check(words, n):
    if len(words) != n:
        reject(f"{len(words)} words instead of {n} stops", "The list has the wrong length.")
    stops = [stop(word, n) for word in words]
    if len(set(stops)) != n:
        reject("a stop is on the list twice", "Not every stop is called at once.")
    distances = {}
    for place, (here, there) in enumerate(zip(stops, stops[1:])):
        first = distances.setdefault(abs(here - there), place)
        if first != place:
            reject(
                f"distance {abs(here - there)} after place {first + 1} and after place {place + 1}",
                "The same distance is travelled twice.",
            )


def main():
    if sys.argv[4:5] != ["most_stops"] or len(sys.argv) != 6:
        sys.exit("usage: validate.py INPUT ANSWER FEEDBACK_DIRECTORY/ most_stops N < OUTPUT")
    with open(sys.argv[1], encoding="ascii") as input_file:
        n = int(input_file.read())
    if n > int(sys.argv[5]):
        sys.exit(f"{n} stops are more than the {sys.argv[5]} of the flags")
    # Bytes 0x80 and up cannot belong to a right list, and must not upset the validator either.
    check(sys.stdin.buffer.read().decode("latin-1").split(), n)
    sys.exit(ACCEPTED)


main()
