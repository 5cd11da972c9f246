"""Run on a node: serve a folder on loopback, port 8800 plain and port 8843 with TLS: serve.py FOLDER CERTIFICATE KEY. Requests are logged."""

import ssl
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

folder, certificate, key = sys.argv[1:]
handler = partial(SimpleHTTPRequestHandler, directory=folder)
plain, secure = (ThreadingHTTPServer(("127.0.0.1", port), handler) for port in (8800, 8843))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
secure.socket = context.wrap_socket(secure.socket, server_side=True)
threading.Thread(target=secure.serve_forever, daemon=True).start()
plain.serve_forever()
