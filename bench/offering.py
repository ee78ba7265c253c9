"""One session that offers the same mail again and again, in a process of its own.

Usage: python -m bench.offering SOCKET MAIL START PAUSE COUNT. Offers COUNT mails from START on (a time of the
monotonic clock), PAUSE seconds apart or, when that is 0, each as soon as the one before is answered. Prints JSON:
the milliseconds from handing over the first header to the answer, one per mail, and every other answer than "accept".
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from bench import mails
from demo.milter_client import MilterClient


def offer(socket: Path, raw: bytes, start: float, pause: float, count: int) -> tuple[list[float], list[str]]:
    """Milliseconds and unwanted answers. Raises MilterError."""
    times: list[float] = []
    unwanted: list[str] = []
    sender, recipients = f"<{mails.SENDER}>".encode(), [f"<{mails.RECIPIENT}>".encode()]
    with MilterClient(socket) as client:
        client.connect()
        client.helo()
        chance = random.Random()
        time.sleep(max(0.0, start - time.monotonic()))
        for number in range(count):
            if pause:
                due = start + (number + chance.random()) * pause
                time.sleep(max(0.0, due - time.monotonic()))
            begin = time.perf_counter()
            answer = client.offer(raw, sender, recipients)
            times.append((time.perf_counter() - begin) * 1000)
            if answer.kind != "accept" or answer.changes:
                unwanted.append(answer.kind)
    return times, unwanted


if __name__ == "__main__":
    socket, mail, start, pause, count = sys.argv[1:]
    raw = mails.crlf(Path(mail).read_bytes())
    print(json.dumps(offer(Path(socket), raw, float(start), float(pause), int(count))))
