"""Which version of TLS a delivery went over: only Postfix's log says so, when we may read it."""

from __future__ import annotations

import re
import time
from pathlib import Path

_TAIL = 256_000
"""Bytes at the end of the log: a report comes within seconds of what it reports."""


_PATIENCE = 2.0
"""Seconds that the line may come after the report: Postfix hands its log to a process of its own."""


def tls_version(log: Path, queue_id: str, host: str, patience: float = _PATIENCE) -> str:
    """As "TLS 1.3"; "TLS" when the log does not say, which is 1.2 at least (postfix/master.cf.fragment)."""
    if not re.fullmatch(r"[0-9A-Za-z]{5,40}", queue_id):
        return "TLS"
    deadline = time.monotonic() + patience
    while True:
        try:
            with log.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - _TAIL))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return "TLS"
        sent = re.search(rf"\[(\d+)\]: {queue_id}: to=<[^\n]*status=sent", text)
        if sent:
            break
        if time.monotonic() > deadline:
            return "TLS"
        time.sleep(0.05)
    made = re.compile(
        rf"\[{sent[1]}\]: Verified TLS connection established to {re.escape(host)}\[[^\n]*: TLSv(\d\.\d) with "
    )
    found = made.findall(text, 0, sent.start())
    return f"TLS {found[-1]}" if found else "TLS"
