"""An object of a bucket, as fast as this machine can serve one: the kernel copies.

Prints its address and serves FILE as every object.
"""

import base64
import os
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


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
