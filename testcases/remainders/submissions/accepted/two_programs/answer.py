"""Would be the main file by its name, but submissions.yaml names the other."""
print("no number")
