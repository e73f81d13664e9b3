n = int(input())
print("? 1 2" if n > 1 else "! 1", flush=True)
raise ValueError("heavy")
