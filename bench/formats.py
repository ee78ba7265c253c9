"""How fast documents are read: each format in MB/s of the file and pages/s, against only unpacking and hashing it."""

from __future__ import annotations

import gzip
import hashlib
import io
import resource
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from bench import documents, office
from bench.documents import Document
from bench.figures import Figure, Invalid, against, median
from zegel.message.base import file_types as kinds
from zegel.message.base.found import Budget, Found
from zegel.message.documents import read_file
from zegel.message.reader import Reader
from zegel.settings.model import Limits

GROUP: Final = f"documents of {office.PAGES} pages, in process, one core"
THROUGH: Final = "a document through a worker process"
BASELINE: Final = "only unpacked"
LEAST_SPEED, LEAST_PAGES = 1.0, 20.0
_TIMES: Final = 3


def measure(rounds: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """Every format in turn, each round once; then what the way to a worker and back costs."""
    made = list(documents.documents())
    for document in made:
        said(f"documents, warming up: {document.format}")
        _read(document, check=True)
    ours: dict[str, list[float]] = {document.format: [] for document in made}
    unpacked: dict[str, list[float]] = {document.format: [] for document in made}
    for number in range(rounds):
        said(f"documents, round {number + 1} of {rounds}")
        for document in made:
            ours[document.format].append(_seconds(_read, document))
            unpacked[document.format].append(_seconds(_unpack, document))
    for document in made:
        yield _figure(document, ours[document.format], unpacked[document.format])
    yield from _through_a_worker(next(d for d in made if d.format == "docx"), rounds)


def _figure(document: Document, seconds: list[float], unpacked: list[float]) -> Figure:
    megabytes = len(document.data) / 1e6
    pages = document.pages / statistics.median(seconds)
    kilobytes = len(document.data) / 1e3
    times = f"{document.pages // office.PAGES} x " if document.pages > office.PAGES else ""
    note = f"{pages:,.0f} pages/s; {times}{office.PAGES} pages in {kilobytes:,.0f} kB"
    speed = median(GROUP, document.format, [megabytes / each for each in seconds], "MB/s", note)
    compared = against(speed, median(GROUP, BASELINE, [megabytes / each for each in unpacked], "MB/s"))
    target = f">= {LEAST_SPEED:g} MB/s and {LEAST_PAGES:g} pages/s"
    return replace(compared, target=target, ok=speed.value >= LEAST_SPEED and pages >= LEAST_PAGES)


def _seconds(work: Callable[[Document], None], document: Document) -> float:
    """The least of some goes, in processor time: what else the machine does is not counted."""
    found = []
    for _ in range(_TIMES):
        begin = _processor_time()
        work(document)
        found.append(_processor_time() - begin)
    return min(found)


def _processor_time() -> float:
    """Seconds that this process and the programs that it ran have had of the processor."""
    spent = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def _read(document: Document, *, check: bool = False) -> None:
    limits = Limits()
    found = Found(Budget(limits.unpacked, limits.members, limits.depth))
    read_file(found, document.data, "1", document.name)
    if check and (found.unreadable or not any(office.LAST.encode() in text.data for text in found.texts)):
        raise Invalid(f"{document.format}: not read to its end: {found.unreadable}")


def _unpack(document: Document) -> None:
    """What any scanner has to do at least: libmagic, the packed bytes unpacked, SHA-256 over what comes out."""
    data = document.data
    kinds.file_type(data)
    if document.format == "tar.gz":
        data = gzip.decompress(data)
    digest = hashlib.sha256(data)
    if zipfile.is_zipfile(io.BytesIO(data)) and data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for member in package.infolist():
                digest.update(package.read(member))
    digest.digest()


def _through_a_worker(document: Document, rounds: int) -> Iterator[Figure]:
    """The time of day, because two processes are at it."""
    reader = Reader(Limits(), 1)
    reader.start()
    try:
        reader.read_document(document.data, document.name)
        here, there = [], []
        for _ in range(rounds):
            here.append(_milliseconds(lambda: _read(document)))
            there.append(_milliseconds(lambda: reader.read_document(document.data, document.name)))
    finally:
        reader.close()
    in_process = median(THROUGH, "docx, in process", here, "ms")
    yield in_process
    yield against(median(THROUGH, "docx, through a worker", there, "ms"), in_process)


def _milliseconds(work: Callable[[], object]) -> float:
    found = []
    for _ in range(_TIMES):
        begin = time.perf_counter()
        work()
        found.append((time.perf_counter() - begin) * 1000)
    return min(found)
