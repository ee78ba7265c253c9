"""Several messages on one connection: libmilter hands a session from thread to thread."""

from __future__ import annotations

import smtplib
from concurrent.futures import ThreadPoolExecutor

from demo.stack import Stack
from tests.e2e.load import SENDER, Sample


def send_all(port: int, samples: list[Sample]) -> int:
    """All on one connection, as a mail server does that has more to send; how many were accepted."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        for sample in samples:
            smtp.sendmail(SENDER, [sample.recipient], sample.raw)
    return len(samples)


def test_many_messages_on_several_connections_at_once_are_all_accepted(stack: Stack) -> None:
    groups = [[Sample(50_000 + 100 * group + n, sensitive=n % 3 != 0) for n in range(25)] for group in range(8)]
    with ThreadPoolExecutor(len(groups)) as pool:
        accepted = list(pool.map(lambda group: send_all(stack.ports.smtp, group), groups))
    assert accepted == [25] * 8
    assert "temporary failure" not in stack.log.joinpath("milter.log").read_text()
