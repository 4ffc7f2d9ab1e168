"""Cloud Storage as far as a transfer needs it, as fast as this machine can be: the kernel copies what is read, what is
written is counted and forgotten.

Prints its address. Every bucket has FILE as COUNT objects: their names are what is asked for, and in lists the prefix
with a number and `.parquet` behind. There are no other `.json` objects.
"""

import base64
import json
import os
import re
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c

FILE, COUNT = sys.argv[1], int(sys.argv[2])
SIZE = os.path.getsize(FILE)
BLOCK = 1 << 20


def checksum() -> str:
    crc = google_crc32c.Checksum()
    with open(FILE, "rb") as content:
        while block := content.read(BLOCK):
            crc.update(block)
    return base64.b64encode(crc.digest()).decode()


ABOUT = {"size": str(SIZE), "generation": "1", "crc32c": checksum()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small reads of a chunked body come from memory.
    rbufsize = BLOCK

    def log_message(self, *_):
        pass

    def say(self, status: int, body: bytes = b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say_json(self, value):
        self.say(200, json.dumps(value).encode(), Content_Type="application/json")

    def do_GET(self):
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        name = unquote(url.path.partition("/o/")[2])
        if not name:
            prefix = query.get("prefix", [""])[0]
            names = [f"{prefix}{at:012}.parquet" for at in range(COUNT)]
            self.say_json({"items": [{"name": name} for name in names]})
        elif name.endswith(".json"):
            self.say(404)
        elif query.get("alt") != ["media"]:
            self.say_json({"name": name, **ABOUT})
        else:
            self.send_part()

    def send_part(self):
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = 0, SIZE - 1
        if part:
            first, last = int(part[1]), min(int(part[2] or last), last)
        self.send_response(206 if part else 200)
        self.send_header("Content-Length", str(last - first + 1))
        if part:
            self.send_header("Content-Range", f"bytes {first}-{last}/{SIZE}")
        self.send_header("x-goog-generation", ABOUT["generation"])
        self.send_header("x-goog-hash", f"crc32c={ABOUT['crc32c']}")
        self.end_headers()
        self.wfile.flush()
        with open(FILE, "rb") as content:
            self.connection.sendfile(content, first, last - first + 1)

    def do_POST(self):
        """Begins an upload, as https://cloud.google.com/storage/docs/resumable-uploads has it."""
        self.receive()
        name = parse_qs(urlsplit(self.path).query)["name"][0]
        host, port = self.server.server_address
        self.say(200, Location=f"http://{host}:{port}/session/{name}")

    def do_PUT(self):
        size = self.receive()
        if size != SIZE:
            self.say(400, f"{size} of {SIZE} bytes have arrived".encode())
            return
        name = self.path.removeprefix("/session/")
        self.say_json({"name": name, "bucket": "bench", **ABOUT})

    def receive(self) -> int:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.discard(int(self.headers.get("Content-Length", 0)))
        size = 0
        while length := int(self.rfile.readline().split(b";")[0], 16):
            size += self.discard(length)
            self.rfile.readline()
        self.rfile.readline()
        return size

    def discard(self, length: int) -> int:
        left = length
        while left and (block := self.rfile.read(min(left, BLOCK))):
            left -= len(block)
        return length - left


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", 0), Handler) as server:
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
