"""The portal as a process: it starts from a settings file, serves, and stops cleanly."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cast import SETTINGS, Built


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(built: Built) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    portal = f'portal: {{url: "http://127.0.0.1:{port}", port: {port}}}'
    settings = built.folder / "portal.yaml"
    settings.write_text(SETTINGS.replace('portal: {url: "http://127.0.0.1:8080"}', portal), encoding="utf-8")
    command = [sys.executable, "-m", "zegel_portal.main", "--config", str(settings)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.1)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def ask(port: int, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    return connection.getresponse()


def test_it_serves_and_stops_on_sigterm(built: Built, served: tuple[subprocess.Popen[str], int]) -> None:
    process, port = served
    (delivery,) = built.seal("jan@post.example")
    link = built.link(delivery)
    assert ask(port, "/health").read() == b"ok"
    page = ask(port, f"/m/{link}")
    assert page.status == 200
    assert page.getheader("Server") is None
    assert ask(port, f"/m/{link}/message").status == 303
    with socket.create_connection(("127.0.0.1", port)) as broken:
        broken.sendall(b"GET /m/" + link.encode() + b" HTTP/9.9\r\n\0\xff: x\r\n\r\n")
        broken.recv(1000)
    os.kill(process.pid, signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "stopped" in log
    assert link not in log
    assert "jan@" not in log


def test_broken_settings_end_it_with_the_line_that_is_wrong(tmp_path: Path) -> None:
    settings = tmp_path / "zegel.yaml"
    settings.write_text("organisation: {name: De Kliniek}\nportl: {}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "zegel_portal.main", "--config", str(settings)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 78
    assert f"{settings}:2:" in done.stderr
    assert "Traceback" not in done.stderr
