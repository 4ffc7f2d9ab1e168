"""An object of a bucket, as fast as this machine can serve and take one: the kernel copies, nothing is checked.

Prints its address and serves FILE as every object; what is uploaded is counted and thrown away.
"""

import base64
import json
import os
import re
import socketserver
import sys
from http.server import BaseHTTPRequestHandler

import google_crc32c

FILE = sys.argv[1]
SIZE = os.path.getsize(FILE)


def checksum() -> str:
    crc = google_crc32c.Checksum()
    with open(FILE, "rb") as content:
        while block := content.read(1 << 20):
            crc.update(block)
    return base64.b64encode(crc.digest()).decode()


CHECKSUM = checksum()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.send_header("x-goog-generation", "1")
        self.send_header("x-goog-hash", f"crc32c={CHECKSUM}")
        self.end_headers()
        self.wfile.flush()
        with open(FILE, "rb") as content:
            self.connection.sendfile(content)

    def do_POST(self):
        self.answer(200, b"", {"Location": f"http://{self.headers['Host']}/upload/1"})

    def do_PUT(self):
        size, buffer = self.take()
        sent = re.match(r"bytes (\d+)-(\d+)/(\*|\d+)", self.headers.get("Content-Range", ""))
        if sent and sent[3] == "*":
            return self.answer(308, b"", {"Range": f"bytes=0-{sent[2]}"})
        size = int(sent[3]) if sent else size
        about = {"bucket": "bench", "name": "object", "size": str(size), "generation": "1", "crc32c": CHECKSUM}
        self.answer(200, json.dumps(about).encode(), {"Content-Type": "application/json"})

    def take(self):
        """Reads the body, whole or in chunks."""
        buffer, total = bytearray(1 << 20), 0
        view = memoryview(buffer)

        def skip(left):
            nonlocal total
            total += left
            while left:
                left -= self.rfile.readinto(view[: min(left, len(buffer))])

        if "Content-Length" in self.headers:
            skip(int(self.headers["Content-Length"]))
        else:
            while size := int(self.rfile.readline(), 16):
                skip(size)
                self.rfile.readline()
            self.rfile.readline()
        return total, buffer

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
