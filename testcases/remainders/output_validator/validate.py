"""Compares with the answer, and says for judges what is wrong. The modulus comes from the package twice."""
import sys

MODULUS = {{modulus}}
if sys.argv[4:] != ["--modulus", str(MODULUS)]:
    sys.exit(f"arguments {sys.argv[4:]}")


def wrong(message):
    with open(sys.argv[3] + "judgemessage.txt", "w") as feedback:
        feedback.write(message + "\n")
    sys.exit(43)


words = open(0, errors="replace").read().split()
answer = int(open(sys.argv[2]).read())
if len(words) != 1 or not words[0].isdigit():
    wrong("not one number")
if int(words[0][:100]) >= MODULUS:
    wrong("Out of range")
if int(words[0]) != answer:
    wrong("Wrong remainder")
sys.exit(42)
