"""Mail that is delivered directly, against notifications: messages a second from a full outbox to the partner."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from bench.figures import Figure, against, median
from tests.e2e.direct_world import POSTFIX, SENDER, World, world

GROUP: Final = "direct delivery, 20 kB mails, from a full outbox to the partner's Postfix over TLS"
DOMAIN: Final = "right.signed.test"
LEAST: Final = 0.8
_WORDS: Final = {"notifications": "appelbloesem", "directly": "kersenbloesem"}
_SECONDS: Final = 300.0


def measure(rounds: int, count: int, said: Callable[[str], None]) -> Iterator[Figure]:
    """Both in turn, `rounds` times, `count` messages each. Needs root, for a network of its own."""
    found: dict[str, list[float]] = {name: [] for name in _WORDS}
    with world(postfix=POSTFIX | {"smtp_tls_security_level": "may"}) as here:
        for number in range(rounds + 1):
            for name in list(_WORDS) if number % 2 else reversed(_WORDS):
                said(f"round {number} of {rounds}: {name}")
                rate = _round(here, _WORDS[name], f"{name}{number}", count if number else max(10, count // 10))
                if number:  # the first one warms up
                    found[name].append(rate)
    notified = median(GROUP, "notifications", found["notifications"], "msg/s")
    yield notified
    yield against(median(GROUP, "delivered directly", found["directly"], "msg/s"), notified, least=LEAST)


def _round(here: World, word: str, name: str, count: int) -> float:
    """Fills the outbox while no courier runs; the rate from the first that arrives to the last."""
    here.stack.kill("courier")
    text = f"Over de {word}.\r\n".encode() + (b"0123456789 " * 6 + b"\r\n") * 300
    addresses = [f"{name}.{number}@{DOMAIN}" for number in range(count)]
    for address in addresses:
        head = f"From: Anna <{SENDER}>\r\nTo: <{address}>\r\nSubject: afspraak\r\nMessage-ID: <{address}>\r\n\r\n"
        here.hand_in(head.encode() + text, address)
    started = time.monotonic()
    here.stack.restart("courier")
    missing = set(addresses)
    while missing:
        missing = {each for each in missing if not here.letters(each)}
        if time.monotonic() - started > _SECONDS:
            raise OSError(f"{len(missing)} of {count} did not arrive")
        time.sleep(0.02)
    moments = sorted(here.letters(each)[0].arrived for each in addresses)
    return (count - 1) / (moments[-1] - moments[0])
