# Looks into every file that it can reach for the text that every canary begins with.
import os
needle = b"gavel-" + b"canary"
found = []
for top in ("/w", "/tmp", "/dev", "/etc", "/judge", "/prepared", "/opt", "/proc/self", "/proc/1", "/run", "/var", "/home", "/root", "/srv"):
    for where, dirs, files in os.walk(top):
        dirs[:] = [d for d in dirs if d not in ("go", "java", "pkg", "task", "net", "map_files")][:200]
        for name in files[:500]:
            path = os.path.join(where, name)
            try:
                if not os.path.isfile(path) or os.path.getsize(path) > 1 << 20:
                    continue
                with open(path, "rb") as f:
                    if needle in f.read(1 << 16) and os.path.basename(path) != os.path.basename(__file__):
                        found.append(path)
            except OSError:
                pass
    for name in os.listdir(top) if os.path.isdir(top) and os.access(top, os.R_OK) else []:
        if name.encode().startswith(needle):
            found.append(name)
if any(needle in k.encode() + v.encode() for k, v in os.environ.items()):
    found.append("environment")
print("\n".join(found) or "safe")
