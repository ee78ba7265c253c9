"""Servers that no package has: one that never speaks, one in the middle that takes STARTTLS away, a policy's host."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path


class Listening:
    """Takes connections on one address, each in a thread."""

    def __init__(self, host: str, port: int = 25) -> None:
        self._socket = socket.create_server((host, port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.serve(connection)

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class Silent(Listening):
    """Takes connections and says nothing."""

    def serve(self, connection: socket.socket) -> None:
        connection.recv(1)


class Stripping(Listening):
    """Stands before another server and hides that it can do TLS."""

    def __init__(self, host: str, behind: str) -> None:
        self._behind = behind
        super().__init__(host)

    def serve(self, connection: socket.socket) -> None:
        with socket.create_connection((self._behind, 25)) as server:
            threading.Thread(target=self._forward, args=(connection, server), daemon=True).start()
            self._back(server, connection)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                target.sendall(b"NOOP\r\n" if content.upper().startswith(b"STARTTLS") else content)

    def _back(self, source: socket.socket, target: socket.socket) -> None:
        while content := source.recv(65536):
            target.sendall(content.replace(b"STARTTLS", b"XXXXXXXX"))


class PolicyHost:
    """MTA-STS policies over HTTPS, by domain."""

    def __init__(self, host: str, chain: Path, policies: Mapping[str, str]) -> None:
        self.policies = dict(policies)
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                domain = self.headers["Host"].removeprefix("mta-sts.")
                outer.asked.append(domain)
                policy = outer.policies.get(domain)
                if policy is None or self.path != "/.well-known/mta-sts.txt":
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                self.wfile.write(policy.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((host, 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
