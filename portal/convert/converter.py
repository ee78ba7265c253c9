"""What hostile files are turned into, by processes of their own with limits, a few at a time.

Pages of PDF and office documents and pictures become pictures; what Outlook and S/MIME wrap becomes an ordinary mail.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zegel.message.base.landlock import version as landlock_version
from zegel_portal.budgets import OnePerLink, count_elsewhere

_FOLDER = Path(__file__).parent
_SECONDS, _OFFICE_SECONDS = 20, 45
_WAIT = 15
_OFFICE_IN_LINE = 3
"""Office documents under way and waiting: each holds a thread of the portal for long, and others want to read."""
_KEPT_BYTES, _KEPT_MOST, _KEPT_SECONDS = 40_000_000, 1000, 600
"""What is kept of conversions that take long, and for how long: somebody looks at one page after the other."""
_FAILED_SECONDS = 60
"""How long a file counts as undrawable: trying takes as long as drawing does, and each page of it would try."""
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 (each document gets a folder of its own in it)
_PREFIX, _LEFT_SECONDS = "zegel-document-", 600
"""How those folders begin, and how old one is that a process left there which was killed."""
_OFFICES = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice*/program",
)


class Undrawable(Exception):
    """The file is broken, has a password, or takes too much; it can still be downloaded."""


class Busy(Undrawable):
    """Too much else is being drawn: that says nothing about the file."""


@dataclass(frozen=True, slots=True)
class Pages:
    """`total` pages, and the width and height in pixels of those that can be shown."""

    total: int
    sizes: tuple[tuple[int, int], ...]
    texts: tuple[str, ...] = ()
    """What each of those says, for who does not see it or has a small screen."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the texts of its cells by rows of the same length, and whether it goes on."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    name: str
    size: int
    locked: bool


_SPREADSHEETS = (".xls", ".xlsx", ".ods")
_FOR_SPREADSHEETS = "../share/config/soffice.cfg/modules/scalc/ui/inputbar.ui"
"""What LibreOfficeKit needs for a spreadsheet, and Debian's packages without windows (-nogui) leave out."""


def find_office() -> str:
    """The program folder of LibreOffice, "" when there is none, or no way to wall it in."""
    places = (found for each in _OFFICES for found in sorted(Path("/").glob(each[1:]), reverse=True))
    found = next((place for place in places if (place / "libmergedlo.so").exists()), None)
    return str(found) if found and landlock_version() else ""


class Converter:
    """Draws at most `at_once` things at the same time, so that previews leave room for reading."""

    def __init__(self, at_once: int = 2, office: str | None = None) -> None:
        """`office` is the program folder of LibreOffice, "" for none, None to look for it."""
        self._turn = threading.BoundedSemaphore(at_once)
        self._one_per_link = OnePerLink()
        self._office_turn = threading.BoundedSemaphore(1)
        self._office_line = threading.BoundedSemaphore(_OFFICE_IN_LINE)
        self.office = find_office() if office is None else office
        self._kept: OrderedDict[tuple[str, bytes], tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()
        _sweep()

    def pages(self, pdf: bytes) -> Pages:
        """How many pages there are. Raises Undrawable, as all do."""
        try:
            total, sizes, texts = json.loads(self._run("pdf_worker.py", pdf, "pages"))
        except ValueError:
            raise Undrawable from None
        return Pages(total, tuple((width, height) for width, height in sizes), tuple(texts))

    def page(self, pdf: bytes, number: int) -> bytes:
        """Page `number` (from 1) as PNG."""
        return self._run("pdf_worker.py", pdf, str(number))

    def picture(self, data: bytes) -> bytes:
        """A picture drawn anew, as PNG or JPEG, without anything in its file that is not seen."""
        return self._keep("picture", data, lambda: self._run_in_turn("picture_worker.py", data))

    def unwrapped(self, data: bytes, how: str) -> bytes:
        """The mail in a file of Outlook ("tnef", "msg") or of S/MIME ("cms")."""
        return self._run("mail_worker.py", data, how)

    def sheets(self, data: bytes, how: str) -> tuple[Sheet, ...]:
        """The first tables and rows of a workbook ("xlsx") or of a text ("csv")."""
        found = self._listed(data, how)
        return tuple(Sheet(name, tuple(map(tuple, rows)), more) for name, rows, more in found)

    def members(self, data: bytes) -> tuple[tuple[Member, ...], bool]:
        """The first files in a ZIP file, which is not unpacked for it, and whether there are more."""
        members, more = self._listed(data, "zip")
        return tuple(Member(*each) for each in members), bool(more)

    def _listed(self, data: bytes, how: str) -> Any:
        try:
            return json.loads(self._run("list_worker.py", data, how))
        except ValueError:
            raise Undrawable from None

    def shows(self, ending: str) -> bool:
        """Whether office documents with this ending can be turned into pages here."""
        return bool(self.office) and (ending not in _SPREADSHEETS or Path(self.office, _FOR_SPREADSHEETS).exists())

    def document(self, data: bytes, ending: str) -> bytes:
        """The first pages of an office document as PDF."""
        if not self.shows(ending):
            raise Undrawable
        return self._keep(ending, data, lambda: self._converted(data, ending))

    def _converted(self, data: bytes, ending: str) -> bytes:
        # In clear, so rather not on a disk.
        where = str(_MEMORY_FOLDER) if os.access(_MEMORY_FOLDER, os.W_OK | os.X_OK) else None
        try:
            with (
                _in_turn(self._office_line, 0),
                _in_turn(self._office_turn),
                tempfile.TemporaryDirectory(
                    prefix=f"{_PREFIX}{os.getpid()}-", dir=where, ignore_cleanup_errors=True
                ) as folder,
            ):
                return self._ran("office_worker.py", data, _OFFICE_SECONDS, self.office, folder, ending)
        except OSError:
            raise Undrawable from None

    def _keep(self, what: str, data: bytes, make: Callable[[], bytes]) -> bytes:
        """What `make` gives for `data`, kept for a while; that it gives nothing is kept too, for a shorter one."""
        key = (what, hashlib.sha256(data).digest())
        if (known := self._known(key)) is None:
            with self._link_turn(_WAIT):
                if (known := self._known(key)) is None:  # else it was made while this waited
                    known = self._made(key, make)
        if not known:
            raise Undrawable
        return known

    def _known(self, key: tuple[str, bytes]) -> bytes | None:
        now = time.monotonic()
        with self._lock:
            for old in [each for each, (until, _) in self._kept.items() if now > until]:
                del self._kept[old]
            return self._kept[key][1] if key in self._kept else None

    def _made(self, key: tuple[str, bytes], make: Callable[[], bytes]) -> bytes:
        seconds = _KEPT_SECONDS
        try:
            made = make()
        except Busy:
            raise
        except Undrawable:
            made, seconds = b"", _FAILED_SECONDS
        with self._lock:
            self._kept[key] = (time.monotonic() + seconds, made)
            while sum(len(each) for _, each in self._kept.values()) > _KEPT_BYTES or len(self._kept) > _KEPT_MOST:
                self._kept.popitem(last=False)
        return made

    @contextmanager
    def _link_turn(self, seconds: float) -> Iterator[None]:
        """One thing is made for a link at a time, so that others find a place."""
        with self._one_per_link.turn(seconds) as mine:
            if not mine:
                raise Busy
            yield

    def _run(self, worker: str, data: bytes, *arguments: str) -> bytes:
        with self._link_turn(_WAIT):
            return self._run_in_turn(worker, data, *arguments)

    def _run_in_turn(self, worker: str, data: bytes, *arguments: str) -> bytes:
        with _in_turn(self._turn):
            return self._ran(worker, data, _SECONDS, *arguments)

    def _ran(self, worker: str, data: bytes, seconds: float, *arguments: str) -> bytes:
        begun = time.monotonic()
        try:
            # -I: neither the environment nor the current folder can change what runs.
            done = subprocess.run(  # noqa: S603 - the program is ours, and so are the arguments
                [sys.executable, "-I", str(_FOLDER / worker), *arguments],
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
                env={},
            )
        except (subprocess.TimeoutExpired, OSError):
            raise Undrawable from None
        finally:
            count_elsewhere(time.monotonic() - begun)
        if done.returncode != 0 or not done.stdout:
            raise Undrawable
        return done.stdout


@contextmanager
def _in_turn(queue: threading.BoundedSemaphore, seconds: float = _WAIT) -> Iterator[None]:
    """A place in a queue that is given up after a while."""
    if not queue.acquire(timeout=seconds):
        raise Busy
    try:
        yield
    finally:
        queue.release()


def _sweep() -> None:
    """Removes the documents that a portal left in clear when it was killed: nothing else would, until a boot."""
    for folder in _MEMORY_FOLDER.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > _LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
