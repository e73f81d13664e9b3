"""Gives points that are none."""
print("AC nan")
