"""A platform: submits a program, waits for its verdict, prints it. Of Python it needs the standard library alone, and openssl for keys.

    NATS_URL=nats://127.0.0.1:4222 NATS_NKEY=FILE miniplatform.py PROBLEM FILE [ID]      or user:password@ in the URL, and tls://
"""
import base64, binascii, json, os, pathlib, socket, ssl, subprocess, sys, tempfile, urllib.parse, uuid

def openssl(key, *args):  # Ed25519, which Python's library has not; the key goes in by standard input
    der = bytes.fromhex("302e020100300506032b657004220420") + key
    return subprocess.run(["openssl", *args], input=der, stdout=subprocess.PIPE, check=True).stdout

def sign(file, nonce):  # the seed of an NKey in base32, with two bytes before and two behind the key
    text = pathlib.Path(file).read_text().strip()
    key = base64.b32decode(text + "=" * (-len(text) % 8))[2:34]
    public = bytes([20 << 3]) + openssl(key, "pkey", "-inform", "DER", "-pubout", "-outform", "DER")[-32:]
    public += binascii.crc_hqx(public, 0).to_bytes(2, "little")
    with tempfile.NamedTemporaryFile() as message:
        message.write(nonce.encode()), message.flush()
        signed = openssl(key, "pkeyutl", "-sign", "-keyform", "DER", "-inkey", "/dev/stdin", "-rawin", "-in", message.name)
    return {"nkey": base64.b32encode(public).decode().strip("="), "sig": base64.urlsafe_b64encode(signed).decode().strip("=")}

def connect(url):
    at = urllib.parse.urlsplit(url)
    connection = socket.create_connection((at.hostname, at.port or 4222), timeout=300)  # the server says PING every two minutes
    info = json.loads(connection.makefile("rb", buffering=0).readline()[5:])  # INFO {...}; TLS begins behind it
    if at.scheme == "tls":  # SSL_CERT_FILE names an authority of your own
        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=at.hostname)
    hello = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "lang": "python", "version": "1"}
    hello |= {"user": at.username, "pass": urllib.parse.unquote(at.password or "")} if at.username else {}
    hello |= sign(os.environ["NATS_NKEY"], info["nonce"]) if "NATS_NKEY" in os.environ else {}
    connection.sendall(f"CONNECT {json.dumps(hello)}\r\n".encode())
    return connection

def messages(connection):
    lines = connection.makefile("rb")
    for line in lines:
        word, *rest = line.decode().split()
        if word == "PING":
            connection.sendall(b"PONG\r\n")
        elif word in ("MSG", "HMSG"):  # headers come first, and are left out here
            yield rest[0], lines.read(int(rest[-1]) + 2)[int(rest[-2]) if word == "HMSG" else 0:-2]
        elif word == "-ERR":
            sys.exit(line.decode().strip())

problem, path, id = (sys.argv[1:] + [uuid.uuid4().hex])[:3]
source = base64.b64encode(pathlib.Path(path).read_bytes()).decode()
submission = {"version": 1, "id": id, "attempt": 1, "problem": problem, "files": [{"name": os.path.basename(path), "content": source}]}
subject = ".".join(["judge.submissions.default.contest", *id.split(".")[:-1]])  # of arena.1, the namespace arena is the last word
verdict, inbox, data = f"judge.verdicts.{id}.1", "_INBOX." + uuid.uuid4().hex, json.dumps(submission)
nats = connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
nats.sendall(f"SUB {verdict} 1\r\nSUB {inbox}.* 2\r\n".encode())  # before publishing: a verdict is sent once
nats.sendall(f"PUB {subject} {inbox}.stored {len(data)}\r\n{data}\r\n".encode())
for subject, text in messages(nats):
    if subject == inbox + ".stored":  # from here on it is judged, whatever becomes of this program
        if b"error" in text or not text:
            sys.exit(f"not stored: {text.decode() or 'no worker has made the streams, or the ID is in a wrong namespace'}")
        nats.sendall(f"PUB $JS.API.DIRECT.GET.VERDICTS.{verdict} {inbox}.stream 0\r\n\r\n".encode())  # it may be there already
    elif text:  # the verdict, as it comes or from the stream
        report = json.loads(text)
        print(report["verdict"], f"{report['cpu_us'] / 1e6:.3f} s", f"{report['peak_memory_bytes'] >> 10} KiB", report.get("error", ""))
        sys.exit(report["verdict"] != "AC")
