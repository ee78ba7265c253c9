"""`zegel report`: what each rule did, from the counts that are kept with the audit log."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from zegel.cli.report_direct import show_direct
from zegel.core import open_core
from zegel.officers.report import BlindSpot, Line, blind_spots_of, lines_of
from zegel.startup import CONFIG_OPTION, settings_or_exit

_SPANS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}


def since_when(written: str, now: float) -> float:
    """The moment that `--since` means, in seconds. Raises ValueError.

    >>> since_when("2d", 200_000.0), since_when("1970-01-02T00:00+00:00", 0)
    (27200.0, 86400.0)
    """
    if span := re.fullmatch(r"(\d+)([hdw])", written):
        return now - int(span[1]) * _SPANS[span[2]]
    return datetime.fromisoformat(written).timestamp()


@click.command(epilog="Example: zegel report --since 7d")
@CONFIG_OPTION
@click.option("--since", default="30d", show_default=True, help="A day such as 2024-05-01, or a span: 12h, 7d, 4w.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--direct", is_flag=True, help="Instead: which domains got mail directly, by which proof, since when.")
def report(config: str | None, since: str, as_json: bool, direct: bool) -> None:
    """Per rule: messages, recipients, levels, observed, refused, false alarms; and what was not read."""
    try:
        start = since_when(since, time.time())
    except ValueError:
        raise click.BadParameter(f"'{since}' is no day and no span; write 2024-05-01, 12h, 7d or 4w") from None
    core = open_core(settings_or_exit(config))
    try:
        if direct:
            show_direct(core.vault.store.direct.lines(), start, as_json=as_json)
            return
        counts = list(core.vault.store.rule_counts.since(start))
    finally:
        core.close()
    lines, spots = lines_of(counts), blind_spots_of(counts)
    if as_json:
        for each in map(asdict, lines):
            print(json.dumps(each))
        for each in map(asdict, spots):
            print(json.dumps(each))
        return
    console = Console(width=None if sys.stdout.isatty() else 120)
    if lines:
        console.print(_table(lines))
    else:
        print("no rule found anything in that time")
    if spots:
        print()
        console.print(_spots(spots))


def _spots(spots: Iterable[BlindSpot]) -> Table:
    table = Table("not looked into", "type of file", box=None, pad_edge=False)
    table.add_column("messages", justify="right")
    for spot in spots:
        table.add_row(spot.unreadable, spot.type, str(spot.messages))
    return table


def _table(lines: Iterable[Line]) -> Table:
    table = Table("rule", box=None, pad_edge=False)
    for heading in ("messages", "recipients", "level 1", "level 2", "observed", "refused", "false alarms"):
        table.add_column(heading, justify="right")
    for line in lines:
        counts = (line.messages, line.recipients, line.levels.get(1, 0), line.levels.get(2, 0))
        table.add_row(line.rule, *map(str, counts), *map(str, (line.observed, line.refused, line.false_alarms)))
    return table
