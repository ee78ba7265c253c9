"""Starting tests.unit.milter_process, and reading what its intake noted."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.milter_client import MilterClient, MilterError
from demo.processes import ending_with_us


@dataclass(frozen=True)
class Running:
    """The process and what its intake noted, after the first `before` messages."""

    process: subprocess.Popen[bytes]
    socket: Path
    folder: Path
    log: Path
    before: int = 0

    def client(self, **options: Any) -> MilterClient:
        client = MilterClient(self.socket, **options)
        client.connect()
        client.helo()
        return client

    def notes(self) -> list[dict[str, Any]]:
        """What was received, in order."""
        return [json.loads(self._file(n, "json").read_bytes()) for n in range(1, self.count() + 1)]

    def received(self) -> list[bytes]:
        return [self._file(n, "eml").read_bytes() for n in range(1, self.count() + 1)]

    def count(self) -> int:
        return len(list(self.folder.glob("*.json"))) - self.before

    def wait_until_received(self) -> None:
        deadline = time.monotonic() + 60
        while not self.count() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.count()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def _file(self, number: int, ending: str) -> Path:
        return self.folder / f"{self.before + number}.{ending}"


def start(folder: Path, socket: Path, kind: str) -> Running:
    """The process, listening."""
    log = folder / "log"
    command = [sys.executable, "-m", "tests.unit.milter.milter_process", str(socket), str(folder), kind]
    with log.open("wb") as file:
        process = subprocess.Popen(ending_with_us(command), stdout=file, stderr=file)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            MilterClient(socket).close()
        except MilterError:
            time.sleep(0.02)
        else:
            return Running(process, socket, folder, log)
    process.kill()
    raise AssertionError(log.read_text())
