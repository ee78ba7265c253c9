"""What a document can get out of this machine: one that shows a file of it, and asks an address for a picture."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pypdfium2

import zegel_portal.convert.converter
from tests.unit.portal.reading_samples import flat
from zegel_portal.convert.converter import Converter, Undrawable, find_office

_WORD = "GEHEIM4711"
_WITHOUT = """
import runpy, sys
import zegel.message.base.landlock, zegel.message.base.sandbox
zegel.message.base.sandbox.without_others = lambda: None
zegel.message.base.landlock.leave_only = lambda *_: None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def leaks(walled: bool) -> list[str]:
    """What came through: "file", "network"."""
    with tempfile.TemporaryDirectory() as folder, _listening() as (port, asked):
        secret = Path(folder, "geheim.txt")
        secret.write_text(f"{_WORD}\n", encoding="utf-8")
        document = flat(
            "text",
            f'<text:section text:name="a"><text:section-source xlink:href="{secret.as_uri()}"/><text:p/></text:section>'
            f'<text:p><draw:frame svg:width="1cm" svg:height="1cm"><draw:image xlink:href="http://127.0.0.1:{port}/a.png"/>'
            "</draw:frame></text:p>",
        )
        with contextlib.suppress(Undrawable):
            pdf = Converter().document(document, ".fodt") if walled else _without_walls(document)
            text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
            assert "een brief" in text
            return (["file"] if _WORD in text else []) + (["network"] if asked else [])
        return []


def _without_walls(document: bytes) -> bytes:
    worker = Path(zegel_portal.convert.converter.__file__).with_name("office_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _WITHOUT, str(worker), find_office(), folder, ".fodt"]
        return subprocess.run(command, input=document, capture_output=True, timeout=60, check=True).stdout


@contextlib.contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    asked.append("asked")
                    connection.close()

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1], asked
