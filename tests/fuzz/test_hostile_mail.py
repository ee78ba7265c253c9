"""Mutated mails and documents through the whole reader: no exception, no worker past its limit, no memory kept."""

from __future__ import annotations

import gc
import hashlib
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fuzz.length import HOSTILE_MAILS, SECONDS, SEED
from tests.fuzz.mutations import hostile_mail
from zegel.message.reader import Reader
from zegel.settings.model import Limits

LIMIT = 5.0
"""Seconds that the documents of one mail may take."""
AT_MOST = 3 * LIMIT + 10
"""Seconds after which a mail must have been read, on a machine that has more to do."""
MOST_GROWTH = 40_000_000
_STAY = 2
"""The fork server and the tracker of resources stay with the process that started them."""
FOUND = Path(__file__).with_name("found")
"""Mails that went wrong once."""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=LIMIT, unpacked=20_000_000, members=500, worker_memory=300_000_000), 2)
    made.start()
    yield made
    made.close()


def read(reader: Reader, raw: bytes) -> float:
    """Read a mail; how long it took. A mail that goes wrong is kept."""
    began = time.monotonic()
    try:
        reader.read(raw)
    except BaseException:
        FOUND.mkdir(exist_ok=True)
        (FOUND / f"{hashlib.sha256(raw).hexdigest()[:16]}.eml").write_bytes(raw)
        raise
    took = time.monotonic() - began
    if took > AT_MOST:
        FOUND.mkdir(exist_ok=True)
        (FOUND / f"slow-{hashlib.sha256(raw).hexdigest()[:16]}.eml").write_bytes(raw)
    return took


def descendants() -> dict[int, str]:
    """The processes below this one, by name."""
    parents: dict[int, tuple[int, str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = path.read_text().partition(" (")
            name, _, fields = rest.rpartition(") ")
            parents[int(number)] = int(fields.split()[1]), name
        except (OSError, ValueError):
            continue
    below = {os.getpid()}
    while more := {process for process, (parent, _) in parents.items() if parent in below} - below:
        below |= more
    return {process: parents[process][1] for process in below - {os.getpid()}}


def test_mutated_mails_leave_no_exception_and_end_in_time(reader: Reader) -> None:
    chance = random.Random(SEED)
    stop = time.monotonic() + SECONDS
    count = 0
    with ThreadPoolExecutor(2) as threads:
        while time.monotonic() < stop:
            raws = [hostile_mail(chance) for _ in range(50)]
            for took in threads.map(lambda raw: read(reader, raw), raws):
                assert took < AT_MOST, f"seed {SEED}"
            count += len(raws)
    programs = set(descendants().values()) & {"7z", "7za", "7zz", "bsdtar", "bsdcat", "tesseract"}
    assert not programs
    print(f"{count} mutated mails, seed {SEED}")
    assert count >= 50


def test_the_memory_stays_flat_over_hostile_mails(reader: Reader) -> None:
    chance = random.Random(SEED + 1)
    after: list[int] = []
    for _ in range(4):
        for _ in range(HOSTILE_MAILS // 4):
            read(reader, hostile_mail(chance))
        gc.collect()
        after.append(resident())
    # The first quarter fills what is kept on purpose: caches of bounded size, the heap's own reserves.
    assert after[-1] - after[0] < MOST_GROWTH, f"{after}, seed {SEED}"


def test_no_file_and_no_thread_stays_behind(reader: Reader) -> None:
    chance = random.Random(SEED + 2)
    read(reader, hostile_mail(chance))
    before = len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))
    for _ in range(100):
        read(reader, hostile_mail(chance))
    after = len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))
    assert after[0] <= before[0] + 3
    assert after[1] <= before[1] + 3


def test_workers_end_with_the_reader() -> None:
    before = set(descendants())
    made = Reader(Limits(), 2)
    made.start()
    workers = set(descendants()) - before
    assert workers
    made.close()
    deadline = time.monotonic() + 10
    while len(workers & set(descendants())) > _STAY and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(workers & set(descendants())) <= _STAY


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.eml")), ids=lambda path: path.name)
def test_what_went_wrong_once_goes_right(reader: Reader, path: Path) -> None:
    assert read(reader, path.read_bytes()) < AT_MOST


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
