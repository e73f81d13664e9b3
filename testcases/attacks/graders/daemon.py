"""Leaves a daemon that keeps the pipes, and gives a sound grade."""
import os
import time

if os.fork() == 0:
    os.setsid()
    time.sleep(1000)
print("AC 1")
