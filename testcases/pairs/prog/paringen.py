# Writes the inputs that are too long to be written by hand.
import random

random.seed(3)
