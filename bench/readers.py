"""Many readers at the same time, against a page that does nothing; and what downloads take of memory."""

from __future__ import annotations

import contextlib
import json
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench import mails
from bench.figures import Figure, Invalid, against, limited, median
from bench.memory import Watch
from bench.opening import Browser, seal
from bench.parts import Parts
from demo.place import free_ports
from demo.processes import Service
from demo.stack import CHECKOUT
from zegel.core import open_core
from zegel.settings.model import load_settings

GROUP: Final = "readers in the portal at the same time (p95)"
MEMORY: Final = "memory of the portal, 8 downloads of 25 MB at the same time"
FEW, MANY, DOWNLOADS = 20, 50, 8
PAUSE: Final = 1.0
"""Seconds that a reader looks at a page, on average."""
FEW_MOST, MANY_MOST, MEMORY_MOST = 50.0, 300.0, 60.0
_REQUESTS: Final = 10
"""Requests of a reader, a round."""
SMALL: Final = 20_000
LARGE: Final = 5 * mails.MEGABYTE


@dataclass(frozen=True)
class Opened:
    """A message that some browsers have unlocked."""

    path: str
    cookies: tuple[str, ...]


def measure(parts: Parts, rounds: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """The baseline and the portal take turns."""
    port = parts.stack.ports.portal
    small = _opened(parts, mails.mail_with_text_file(SMALL, mails.SECRET), FEW)
    large = _opened(parts, mails.mail_with_text_file(LARGE, mails.SECRET), MANY)
    nobody = tuple(str(number) for number in range(MANY))
    with _idle_page(parts.folder) as idle:
        tried: dict[str, Callable[[], float]] = {
            f"idle page, {FEW} readers": lambda: p95(idle, ["/"], nobody[:FEW], PAUSE),
            f"a message, {FEW} readers": lambda: p95(port, [f"{small.path}/message"], small.cookies, PAUSE),
            f"idle page, {FEW} readers without a pause": lambda: p95(idle, ["/"], nobody[:FEW], 0),
            f"a message, {FEW} readers without a pause": lambda: p95(port, [f"{small.path}/message"], small.cookies, 0),
            f"idle page, {MANY} readers": lambda: p95(idle, ["/"], nobody, PAUSE),
            f"a message of 5 MB and its body, {MANY} readers": lambda: p95(
                port, [f"{large.path}/message", f"{large.path}/body"], large.cookies, PAUSE
            ),
        }
        for work in tried.values():
            work()  # what only the first readers after a start wait for: templates, outlines of mails
        found: dict[str, list[float]] = {name: [] for name in tried}
        for number in range(rounds):
            for name, work in tried.items():
                said(f"round {number + 1} of {rounds}: {name}")
                found[name].append(work())
    figures = [median(GROUP, name, times, "ms") for name, times in found.items()]
    for (idle_page, page), most in zip(
        zip(figures[::2], figures[1::2], strict=True), (FEW_MOST, None, MANY_MOST), strict=True
    ):
        yield idle_page
        yield limited(against(page, idle_page), most=most)
    yield from downloads(parts, said)


def p95(port: int, paths: Sequence[str], cookies: Sequence[str], pause: float) -> float:
    """Milliseconds in which 95 of 100 requests were answered, with a reader for each of `cookies`."""
    command = [sys.executable, "-m", "bench.reading", str(port), ",".join(paths), ",".join(cookies)]
    done = subprocess.run(
        [*command, str(pause), str(_REQUESTS)], capture_output=True, text=True, cwd=CHECKOUT, check=False
    )
    if done.returncode:
        raise Invalid(f"the readers broke off: {done.stderr[-300:]}")
    times, unwanted = json.loads(done.stdout)
    if unwanted or len(times) != len(cookies) * _REQUESTS:
        raise Invalid(f"{len(times)} answers, of which {len(unwanted)} were not what was asked: {set(unwanted)}")
    return float(statistics.quantiles(times, n=20)[-1])


def downloads(parts: Parts, said: Callable[[str], None]) -> Iterator[Figure]:
    """What a portal that was just started takes at most while some readers download at the same time."""
    said("downloading 25 MB")
    opened = _opened(parts, mails.mail_with_text_file(25 * mails.MEGABYTE, mails.SECRET), DOWNLOADS)
    parts.stack.restart("portal")
    pid = parts.stack.services["portal"].pid
    if pid is None:
        raise Invalid("the portal does not run")
    port = parts.stack.ports.portal
    p95(port, [f"{opened.path}/message"], opened.cookies, 0)  # what the first page takes is not the download's
    with Watch(pid) as watch:
        time.sleep(0.2)
    rest = watch.process
    with Watch(pid) as watch:
        p95(port, [f"{opened.path}/original.eml"], opened.cookies, 0)
        time.sleep(0.2)
    at_rest = median(MEMORY, "after the first page", [rest], "MB")
    yield at_rest
    more = median(MEMORY, "more while downloading", [watch.process - rest], "MB")
    yield limited(more, most=MEMORY_MOST)


def _opened(parts: Parts, mail: bytes, browsers: int) -> Opened:
    """Seals a mail as Postfix offers it, and lets browsers in as an unlock does, without as many passwords."""
    seal(parts, mail)
    core = open_core(load_settings(parts.stack.config))
    try:
        delivery = core.vault.store.delivery(parts.newest_delivery())
        if delivery is None:
            raise Invalid("there is no delivery to open")
        cookies = tuple(secrets.token_urlsafe(32) for _ in range(browsers))

        def let_in() -> None:
            for cookie in cookies:
                core.access.admit(delivery, None, cookie, core.clock())

        core.vault.store.write(let_in)
        path = urlsplit(core.access.link(delivery.id, delivery.generation)).path
    finally:
        core.close()
    return Opened(path, cookies)


@contextlib.contextmanager
def _idle_page(folder: Path) -> Iterator[int]:
    """A Bottle page that does nothing, on the same web server; its port."""
    (port,) = free_ports(1)

    def answers() -> bool:
        try:
            Browser(port).get("/")
        except (OSError, Invalid):
            return False
        return True

    command = [sys.executable, "-m", "bench.idle_page", str(port)]
    idle = Service("idle page", command, log=folder / "idle.log", pid_file=folder / "readers-idle.pid", answers=answers)
    idle.start()
    try:
        yield port
    finally:
        idle.stop()
