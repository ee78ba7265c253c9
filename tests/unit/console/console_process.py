"""The console as a process of its own, on a house with some months of traffic in it."""

from __future__ import annotations

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
from tests.support.cast import Built, build
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER
from tests.unit.portal.portal_process import answers


@dataclass(frozen=True)
class Served:
    """A console that runs, and the house that it shows."""

    built: Built
    url: str
    log: Path

    def raw(self, request: bytes) -> bytes:
        """All that comes back for these bytes until the server closes, or is silent for a while."""
        answer = b""
        with socket.create_connection(("127.0.0.1", int(self.url.rpartition(":")[2])), timeout=20) as line:
            try:
                line.sendall(request)
                while data := line.recv(65_536):
                    answer += data
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
        return answer

    def password(self, address: str) -> str:
        """The newest that was sent to somebody."""
        vault = self.built.core.vault
        items = [each for each in vault.store.outbox.list(["due"]) if each.kind == "console-password"]
        found = [vault.payload(each.id, 0, each.payload, time.time()) for each in items]
        return str([each["password"] for each in found if each["to"] == address][-1])


@contextmanager
def serve(folder: Path, port: int = 0, sign_on: str = "") -> Iterator[Served]:
    """On a free port, and with `sign_on` as its settings of that name."""
    port = port or free_ports(1)[0]
    url = f"http://localhost:{port}"
    people = f"officers: [{OFFICER}], administrators: [{ADMINISTRATOR}]" + (f", sign_on: {sign_on}" if sign_on else "")
    more = f"console: {{url: '{url}', port: {port}, {people}}}\nsms: {{gateway: folder, folder: sms}}\n"
    built = build(folder, more)
    built.clock.now = time.time()
    log = folder / "console.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            ending_with_us([sys.executable, "-m", "zegel_console.main", "--config", str(folder / "zegel.yaml")]),
            stderr=out,
            cwd=Path(__file__).parents[3],
        )
    try:
        deadline = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield Served(built, url, log)
    finally:
        process.kill()
        process.wait()
        built.core.close()
