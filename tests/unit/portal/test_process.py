"""The portal as a process: it starts from a settings file, serves, and stops cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.unit.portal.portal_process import serve


def test_it_serves_and_stops_on_sigterm(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        (delivery,) = served.built.seal("jan@post.example")
        link = served.built.link(delivery)
        assert served.ask("/health").read() == b"ok"
        page = served.ask(f"/m/{link}")
        assert page.status == 200
        assert page.getheader("Server") is None
        assert served.ask(f"/m/{link}/message").status == 303
        served.raw(b"GET /m/" + link.encode() + b" HTTP/9.9\r\n\0\xff: x\r\n\r\n")
        os.kill(served.process.pid, signal.SIGTERM)
        assert served.process.wait(10) == 0
        log = served.log.read_text(encoding="utf-8")
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
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 78
    assert f"{settings}:2:" in done.stderr
    assert "Traceback" not in done.stderr
