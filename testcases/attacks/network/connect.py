# Reaches for the worker's own ports, a public resolver and the metadata service of clouds.
import socket
found = []
for address in (("127.0.0.1", 4222), ("127.0.0.1", 8080), ("::1", 4222), ("1.1.1.1", 53), ("169.254.169.254", 80)):
    try:
        socket.create_connection(address, timeout=0.2)
        found.append(str(address))
    except OSError:
        pass
try:
    found.append(socket.gethostbyname("example.org"))
except OSError:
    pass
print("\n".join(found) or "safe")
