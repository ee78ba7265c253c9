"""The portal as a process of its own, with the web server's real limits, for tests that speak to its port."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.place import free_ports
from demo.processes import ending_with_us
from tests.support.cast import SETTINGS, Built, build
from zegel.unlock.way import Opened


def free_port() -> int:
    return free_ports(1)[0]


@dataclass(frozen=True)
class Served:
    """A portal that runs, and the house that it shows."""

    built: Built
    port: int
    process: subprocess.Popen[str]
    log: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connect(self, timeout: float = 10) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, path: str, cookie: str = "", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """The answer to one request on a connection of its own, read to its end when `read` is called."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=fields | ({"Cookie": f"zegel={cookie}"} if cookie else {}))
        return connection.getresponse()

    def raw(self, request: bytes, timeout: float = 5) -> bytes:
        """All that comes back for these bytes until the server closes, or is silent for `timeout` seconds."""
        answer = b""
        with self.connect(timeout) as line:
            line.sendall(request)
            try:
                while data := line.recv(65_536):
                    answer += data
            except (TimeoutError, ConnectionResetError):
                pass
        return answer

    def opened(self, raw: bytes, recipient: str = "jan@post.example") -> tuple[str, str]:
        """The path of a message with this content, and a cookie of a browser that has unlocked it."""
        (delivery,) = self.built.seal(recipient, raw=raw)
        passwords, link = self.built.core.passwords, self.built.link(delivery)
        before = set(self.built.passwords_sent())
        passwords.ask(delivery, "", "en")
        (password,) = set(self.built.passwords_sent()) - before
        answer = passwords.enter(link, password, None)
        assert isinstance(answer, Opened)
        return f"/m/{link}", answer.cookie


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serve(folder: Path, more: str = "", **portal: str) -> Iterator[Served]:
    """Starts a portal on a fresh house in `folder`; `portal` are settings of its section, `more` sections."""
    port = free_port()
    section = {"url": f'"http://127.0.0.1:{port}"', "port": str(port), **portal}
    words = ", ".join(f"{name}: {value}" for name, value in section.items())
    built = build(folder)
    built.clock.now = time.time()
    settings = folder / "portal.yaml"
    settings.write_text(
        SETTINGS.replace('portal: {url: "http://127.0.0.1:8080"}', f"portal: {{{words}}}") + more, encoding="utf-8"
    )
    log = folder / "portal.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            ending_with_us([sys.executable, "-m", "zegel_portal.main", "--config", str(settings)]),
            stderr=out,
            text=True,
            cwd=Path(__file__).parents[3],
        )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield Served(built, port, process, log)
    finally:
        process.kill()
        process.wait()
        built.core.close()
