"""One link does its worst: how long somebody else waits meanwhile, and what it takes of memory and disk.

Usage: python -m bench.hostile_link [KIND ...]. The portal, the hostile link and the other reader are processes of their
own; the reader is measured before each kind too, because the machine may have other work.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Final

from bench.documents import documents
from bench.figures import Figure, Report, limited
from bench.worst import KINDS
from demo.stack import CHECKOUT
from tests.unit.portal.portal_process import Served, serve

GROUP: Final = "another reader while one link does its worst (p95)"
MOST: Final = 300.0
"""Milliseconds."""
MOST_MEMORY: Final = 400.0
"""MB that the portal may take, whatever one link does."""
_QUIET, _UNDER_ATTACK = 15, 40
"""Requests of the reader."""
_PAUSE: Final = 0.1
_BEGINS: Final = 2.0
"""Seconds that the link has been at it before the reader comes."""
_PATIENCE: Final = 120.0


@dataclass(frozen=True)
class Waited:
    """Milliseconds of one reader."""

    times: tuple[float, ...]
    refused: int
    """Answers that were not the page."""

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]

    @property
    def said(self) -> str:
        return f"p50 {statistics.median(self.times):.0f}, p95 {self.p95:.0f}, max {max(self.times):.0f} ms" + (
            f", {self.refused} refused" if self.refused else ""
        )


@dataclass(frozen=True)
class Outcome:
    """What one kind did."""

    kind: str
    quiet: Waited
    attacked: Waited
    memory: float
    """MB that the portal took at most."""
    left: tuple[str, ...]
    """Files that the portal had open and nobody else can find, or that lie in its folders, afterwards."""


def measure(kinds: list[str], requests: int = _UNDER_ATTACK) -> Iterator[Outcome]:
    """Each kind on a message of its own, so that no budget was used before."""
    with tempfile.TemporaryDirectory(prefix="zegel-bench-") as folder, serve(Path(folder)) as served:
        other = served.opened(b"Subject: klein\r\n\r\nhallo\r\n", "eva@elders.example")
        _read(served, other, _QUIET)  # what only the first reader waits for
        for kind in kinds:
            yield one(served, kind, other, requests)


def one(served: Served, kind: str, other: tuple[str, str], requests: int) -> Outcome:
    """One kind, by a link of its own, while `other` reads."""
    hostile = served.opened(hostile_mail(), f"h{len(kind)}-{abs(zlib.crc32(kind.encode()))}@post.example")
    Path(f"/proc/{served.process.pid}/clear_refs").write_text("5", "ascii")  # the peak begins anew
    before = nameless(served)
    quiet = _read(served, other, min(_QUIET, requests))
    with attack(served, kind, hostile):
        time.sleep(_BEGINS)
        attacked = _read(served, other, requests)
    memory = peak(served.process.pid)
    return Outcome(kind, quiet, attacked, memory, left_behind(served, before))


@contextlib.contextmanager
def attack(served: Served, kind: str, hostile: tuple[str, str]) -> Iterator[None]:
    """`kind` goes on as long as this lasts."""
    process = subprocess.Popen([sys.executable, "-m", "bench.worst", kind, str(served.port), *hostile], cwd=CHECKOUT)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"{kind}: broke off")
    finally:
        process.kill()
        process.wait()


def _read(served: Served, other: tuple[str, str], requests: int) -> Waited:
    path, cookie = other
    words = [str(served.port), f"{path}/message,{path}/body", cookie, str(_PAUSE), str(requests), "127.0.0.1"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading", *words], cwd=CHECKOUT, capture_output=True, text=True,
        timeout=_PATIENCE + requests * 60, check=True,
    )  # fmt: skip
    times, unwanted = json.loads(done.stdout)
    return Waited(tuple(times), len(unwanted))


def peak(process: int) -> float:
    """MB of memory that a process took at most since it was last asked to begin anew."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def left_behind(served: Served, before: frozenset[str], seconds: float = 120.0) -> tuple[str, ...]:
    """What stays of an attack in the portal's hands and folders, after a while to let go of it."""
    until = time.monotonic() + seconds
    while (left := nameless(served) - before) and time.monotonic() < until:
        time.sleep(0.5)
    return tuple(sorted(left))


def nameless(served: Served) -> frozenset[str]:
    """The files that the portal has open and nobody else can find, and the documents that it has in memory."""
    opened = []
    for link in Path(f"/proc/{served.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            opened.append(str(link.readlink()))
    documents = Path("/dev/shm").glob(f"zegel-document-{served.process.pid}-*")
    return frozenset([*(name for name in opened if name.endswith("(deleted)")), *map(str, documents)])


@cache
def hostile_mail() -> bytes:
    """23 MB: a picture of 5 MB, a PDF and an office document that take long, a broken one, mails in mails, a picture of
    80 million pixels."""
    mail = EmailMessage()
    mail["Subject"] = "Alles"
    mail.set_content("Hallo")
    docx = next(each.data for each in documents() if each.format == "docx")
    mail.add_attachment(picture(1300, 1300), "image", "png", filename="1.png")
    mail.add_attachment(_slow_pdf(), "application", "pdf", filename="2.pdf")
    mail.add_attachment(docx, "application", "octet-stream", filename="3.docx")
    mail.add_attachment(_broken(docx), "application", "octet-stream", filename="4.docx")
    inner = EmailMessage()
    inner["Subject"] = "binnen"
    inner.set_content("<p>dag</p>" * 20_000, subtype="html")
    middle = EmailMessage()
    middle["Subject"] = "midden"
    middle.set_content("dag")
    middle.add_attachment(inner, filename="binnen.eml")
    mail.add_attachment(middle, filename="5.eml")
    mail.add_attachment(random.Random(6).randbytes(12_000_000), "application", "octet-stream", filename="6.bin")
    mail.add_attachment(_plain_picture(8_900, 8_900), "image", "png", filename="7.png")
    return mail.as_bytes().replace(b"\n", b"\r\n")


def picture(width: int, height: int) -> bytes:
    """A PNG of pixels that no format makes small."""
    return _png(width, height, (b"\0" + random.Random(row).randbytes(width * 3) for row in range(height)))


def _plain_picture(width: int, height: int) -> bytes:
    row = b"\0" + b"\x7f" * width * 3
    return _png(width, height, (row for _ in range(height)))


def _png(width: int, height: int, rows: Iterator[bytes]) -> bytes:
    packing = zlib.compressobj(1)
    pixels = b"".join([*map(packing.compress, rows), packing.flush()])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    made = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def _slow_pdf() -> bytes:
    """20 pages of very many thin curves."""
    chance = random.Random(2)
    curves = " ".join(
        " ".join(str(chance.randrange(600)) for _ in range(2)) + " m "
        + " ".join(str(chance.randrange(600)) for _ in range(6)) + " c S"
        for _ in range(30_000)
    )  # fmt: skip
    content = zlib.compress(f"0.1 w {curves}".encode())
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 20/Kids[" + b"4 0 R " * 20 + b"]>>"]
    objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n" % len(content) + content + b"\nendstream")
    objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 3 0 R>>")
    made = b"".join(b"%d 0 obj" % number + each + b"endobj\n" for number, each in enumerate(objects, 1))
    return b"%PDF-1.5\n" + made + b"trailer<</Root 1 0 R>>\n%%EOF"


def _broken(docx: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in package.namelist():
            data = package.read(name)
            made.writestr(name, data[: len(data) // 2] if name == "word/document.xml" else data)
    return out.getvalue()


def main() -> None:
    """Prints a table; the exit status says whether all figures are as they should be."""
    chosen = [kind for kind in KINDS if kind in sys.argv[1:]] or list(KINDS)
    report = Report(load=os.getloadavg()[0])
    for outcome in measure(chosen):
        print(f"{outcome.kind}: quiet {outcome.quiet.said}; under attack {outcome.attacked.said}; "
              f"{outcome.memory:.0f} MB; left {outcome.left}", flush=True)  # fmt: skip
        note = f"{outcome.attacked.said}; quiet: {outcome.quiet.said}; at most {outcome.memory:.0f} MB"
        report.figures.append(limited(Figure(GROUP, outcome.kind, outcome.attacked.p95, "ms", note=note), most=MOST))
    print(report.markdown(), end="")
    sys.exit(not all(figure.ok for figure in report.figures))


if __name__ == "__main__":
    main()
