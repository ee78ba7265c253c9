"""`zegel report --direct`: which domains got mail directly, by which proof, since when, and who is notified instead."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.table import Table

from zegel.direct.proof import SHOWN
from zegel.vault.tables.direct import NOTIFIED
from zegel.vault.tables.direct_records import DirectLine

_SHOWN: dict[str, str] = {**SHOWN, NOTIFIED: "notified"}


def show_direct(lines: Sequence[DirectLine], since: float, *, as_json: bool) -> None:
    """Prints what there was after `since`, the counts from the first time on."""
    lines = [line for line in lines if line.last_at >= since]
    if as_json:
        for line in lines:
            print(json.dumps(asdict(line)))
        return
    if not lines:
        print("nothing was tried directly in that time")
        return
    table = Table("domain", "how", box=None, pad_edge=False)
    table.add_column("messages", justify="right")
    for heading in ("since", "last", "last server, or why"):
        table.add_column(heading)
    for line in lines:
        first, last = (f"{datetime.fromtimestamp(at):%Y-%m-%d}" for at in (line.first_at, line.last_at))
        how = _SHOWN.get(line.outcome, line.outcome)
        table.add_row(line.domain, how, str(line.times), first, last, line.last)
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)
