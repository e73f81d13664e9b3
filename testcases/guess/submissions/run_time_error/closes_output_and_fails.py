import os
import sys
import time

os.close(1)
time.sleep(0.05)
os._exit(7)
