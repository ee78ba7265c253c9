"""Messages a second through Postfix, with nothing, with a milter that does nothing, and with Zegel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import mails
from bench.figures import Figure, against, median
from bench.parts import Parts, Way, source

SESSIONS: Final = 8
GROUP: Final = f"through Postfix, 20 kB mails, {SESSIONS} sessions"
CLEAN_LEAST, SEALED_LEAST = 0.75, 0.25


@dataclass
class Candidate:
    """One way of sending, and what each round gave."""

    name: str
    way: Way
    mail: Path
    sealed: bool
    rates: list[float] = field(default_factory=list)
    """Messages accepted a second."""
    behind: list[float] = field(default_factory=list)
    """Seconds after the last acceptance until everything was where it goes."""


def measure(parts: Parts, rounds: int, count: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """The candidates in turn, `rounds` times, `count` messages each."""
    made = _mails(parts.folder)
    candidates = [
        Candidate("no milter", parts.none, made["clean"], False),
        Candidate("no-op milter", parts.noop, made["clean"], False),
        Candidate("Zegel, clean", parts.zegel, made["clean"], False),
        Candidate("no-op milter, text only", parts.noop, made["clean text"], False),
        Candidate("Zegel, clean, text only", parts.zegel, made["clean text"], False),
        Candidate("Zegel, sealed", parts.zegel, made["sealed"], True),
    ]
    for candidate in candidates:
        _send(parts, candidate, "warm", math.ceil(count / 10))
        candidate.rates.clear()
        candidate.behind.clear()
    for number in range(rounds):
        for candidate in candidates[number % len(candidates) :] + candidates[: number % len(candidates)]:
            said(f"round {number + 1} of {rounds}: {candidate.name}")
            _send(parts, candidate, f"r{number}", count)
    yield from _figures({candidate.name: candidate for candidate in candidates})


def _figures(found: dict[str, Candidate]) -> Iterator[Figure]:
    rates = {name: median(GROUP, name, candidate.rates, "msg/s") for name, candidate in found.items()}
    noop = rates["no-op milter"]
    yield rates["no milter"]
    yield against(noop, rates["no milter"])
    yield against(rates["Zegel, clean"], noop, least=CLEAN_LEAST)
    yield against(rates["Zegel, sealed"], noop, least=SEALED_LEAST)
    yield rates["no-op milter, text only"]
    yield against(rates["Zegel, clean, text only"], rates["no-op milter, text only"], least=CLEAN_LEAST)
    yield median(GROUP, "outbox drained after the last acceptance", found["Zegel, sealed"].behind, "s")


def _send(parts: Parts, candidate: Candidate, round_name: str, count: int) -> None:
    """One round; raises Invalid unless every message went where it had to go, and nowhere else."""
    way, before = candidate.way, parts.before(candidate.way)
    recipient = f"{round_name}.{mails.RECIPIENT}"  # a message that was sealed before would be recognised
    took = source(way.postfix.port, candidate.mail, count, SESSIONS, recipient, mails.SENDER)
    drained = parts.wait_for_courier() if candidate.sealed else 0.0
    way.wait_until_empty()
    candidate.rates.append(count / took)
    candidate.behind.append(drained)
    parts.check(before, count, sealed=candidate.sealed)


def _mails(folder: Path) -> dict[str, Path]:
    contents = {
        "clean": mails.alternative_mail(),
        "clean text": mails.text_mail(),
        "sealed": mails.alternative_mail(secret=mails.SECRET),
    }
    files = {}
    for name, content in contents.items():
        files[name] = folder / f"{name}.eml"
        files[name].write_bytes(content)
    return files
