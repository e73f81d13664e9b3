# What is printed stays in the buffer: both wait for each other.
import sys

sys.stdout.write("500\n")
sys.stdin.readline()
sys.stdin.readline()
sys.stdin.readline()
