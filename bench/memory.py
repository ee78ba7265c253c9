"""How much memory the milter takes at most, with eight messages of 25 MB at the same time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

from bench import mails
from bench.figures import Figure, Invalid, against, limited, median
from bench.parts import Parts, source

SESSIONS: Final = 8
SIZE: Final = 25 * mails.MEGABYTE
GROUP: Final = f"memory, {SESSIONS} messages of 25 MB at the same time, through Postfix"
MOST: Final = 1_200.0
_EVERY: Final = 0.05
_KB: Final = 1024 / 1e6


class Watch:
    """The memory of a process and its descendants while a `with` block runs, in MB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most: dict[int, float] = {}
        self.together = 0.0
        """The most that all of them took at one moment; what they share counts once."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def process(self) -> float:
        """The peak of the process itself (VmHWM)."""
        return self._most.get(self._pid, 0.0)

    @property
    def worker(self) -> float:
        """The peak of the descendant that took most."""
        return max((size for pid, size in self._most.items() if pid != self._pid), default=0.0)

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            now = 0.0
            for pid in [self._pid, *descendants(self._pid)]:
                with contextlib.suppress(OSError, ValueError):
                    self._most[pid] = _value(Path(f"/proc/{pid}/status"), "VmHWM:") * _KB
                    now += _value(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") * _KB
            self.together = max(self.together, now)


def measure(parts: Parts, rounds: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """Each kind of mail with a milter that was just started; `rounds` times."""
    milter = parts.stack.services["milter"]
    files = _mails(parts.folder)
    rest: list[float] = []
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in files}
    for number in range(rounds):
        for name, (mail, sealed) in files.items():
            said(f"round {number + 1} of {rounds}: {name}")
            parts.stack.restart("milter")
            if milter.pid is None:
                raise Invalid("the milter does not run")
            if len(rest) <= number:
                rest.append(_value(Path(f"/proc/{milter.pid}/status"), "VmHWM:") * _KB)
            with Watch(milter.pid) as watch:
                took = _send(parts, mail, sealed, f"m{number}.{name.split()[0]}")
            found[name].append((watch.process, watch.worker, watch.together, took))
    at_rest = median(GROUP, "milter at rest", rest, "MB")
    yield at_rest
    for name, measured in found.items():
        own, worker, together, seconds = zip(*measured, strict=True)
        yield limited(against(median(GROUP, f"{name}: milter", own, "MB"), at_rest), most=MOST)
        yield median(GROUP, f"{name}: largest worker", worker, "MB")
        yield median(GROUP, f"{name}: milter and workers together", together, "MB")
        yield median(GROUP, f"{name}: until all were answered", seconds, "s")


def descendants(pid: int) -> list[int]:
    """The ids of all processes below `pid`."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            child, _, rest = status.read_text().partition(" (")
            parents.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(child))
    found, look = [], [pid]
    while look:
        children = parents.get(look.pop(), [])
        found += children
        look += children
    return found


def _send(parts: Parts, mail: Path, sealed: bool, recipient: str) -> float:
    way, before = parts.zegel, parts.before(parts.zegel)
    took = source(way.postfix.port, mail, SESSIONS, SESSIONS, f"{recipient}.{mails.RECIPIENT}", mails.SENDER)
    time.sleep(2 * _EVERY)
    if sealed:
        parts.wait_for_courier()
    way.wait_until_empty()
    parts.check(before, SESSIONS, sealed=sealed)
    return took


def _mails(folder: Path) -> dict[str, tuple[Path, bool]]:
    """Each kind of mail: its file, and whether it is one to seal."""
    contents = {
        "text file": (mails.mail_with_text_file(SIZE), False),
        "PDF": (mails.mail_with_pdf(SIZE), False),
        "ZIP": (mails.mail_with_archive(SIZE), False),
        "text file, sealed": (mails.mail_with_text_file(SIZE, mails.SECRET), True),
    }
    files = {}
    for name, (content, sealed) in contents.items():
        path = folder / f"{name.replace(', ', ' ')}.eml"
        path.write_bytes(content)
        files[name] = path, sealed
    return files


def _value(file: Path, name: str) -> float:
    """A number of kB in a file of /proc. Raises ValueError or OSError."""
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(name):
            return float(line.split()[1])
    raise ValueError(name)
