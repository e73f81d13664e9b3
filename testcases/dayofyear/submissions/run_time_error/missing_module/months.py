NAMES = ["January", "February"]
