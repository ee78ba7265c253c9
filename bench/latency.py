"""How long the milter lets Postfix wait at the end of a clean message, with eight sessions at the same time."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bench import mails
from bench.figures import Figure, Invalid, against, median
from bench.parts import Parts
from demo.stack import CHECKOUT

SESSIONS: Final = 8
PACED: Final = 100
"""Messages a second in all, of the paced load: more than a busy office sends."""
MOST: Final = 25.0
_READY: Final = 2.0
"""Seconds that the processes get to start and connect."""


def measure(parts: Parts, rounds: int, count: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """Both milters in turn, `count` mails a session, paced and as fast as they come."""
    mail = parts.folder / "clean.eml"
    mail.write_bytes(mails.alternative_mail())
    sockets = {"no-op milter": parts.noop_socket, "Zegel": parts.stack.socket}
    for load, pause in ((f"{PACED} messages/s", SESSIONS / PACED), ("as fast as they are answered", 0.0)):
        found: dict[str, list[list[float]]] = {name: [] for name in sockets}
        for number in range(rounds):
            for name in list(sockets) if number % 2 == 0 else reversed(list(sockets)):
                said(f"round {number + 1} of {rounds}: {name}, {load}")
                found[name].append(_round(sockets[name], mail, pause, count))
        yield from _figures(f"end of message, {SESSIONS} sessions, {load}", found)
    parts.check_milter_log()


def _figures(group: str, found: dict[str, list[list[float]]]) -> Iterator[Figure]:
    for share in (50, 99):
        noop, zegel = (
            median(group, f"{name}, p{share}", [_percentile(times, share) for times in found[name]], "ms")
            for name in ("no-op milter", "Zegel")
        )
        yield noop
        yield against(zegel, noop, most=MOST if share == 99 else None, unit_limit=True)


def _round(socket: Path, mail: Path, pause: float, count: int) -> list[float]:
    """Milliseconds of all sessions together."""
    start = time.monotonic() + _READY
    command = [sys.executable, "-m", "bench.offering", str(socket), str(mail), str(start), str(pause), str(count)]
    sessions = [subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) for _ in range(SESSIONS)]
    times: list[float] = []
    try:
        for session in sessions:
            answer, _ = session.communicate(timeout=300)
            if session.returncode:
                raise Invalid("a session of the milter client failed")
            some, unwanted = json.loads(answer)
            if unwanted:
                raise Invalid(f"the milter answered {unwanted[0]} to a clean mail")
            times += some
    finally:
        for session in sessions:
            session.kill()
            session.wait()
    return times


def _percentile(times: list[float], share: int) -> float:
    """The time that `share` percent of the messages did not exceed."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]
