"""Bytes that are no text in any encoding."""
import sys

sys.stdout.buffer.write(bytes(range(256)) * 64)
