"""`zegel clock`: a person's word about the date of this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from zegel.cli.opened import opened_core
from zegel.startup import CONFIG_OPTION
from zegel.vault.marks import CLOCK_DOUBTED, CLOCK_SEEN


@click.group()
def clock() -> None:
    """The date of this machine, by which messages end."""


@clock.command(epilog="Example: zegel clock accept --yes")
@CONFIG_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept(config: str | None, yes: bool) -> None:
    """Says that the date is right after it jumped ahead: what expired meanwhile is then destroyed for good."""
    with opened_core(config) as core:
        store, now = core.vault.store, core.clock()
        doubted = store.marks.get(CLOCK_DOUBTED)
        if not doubted:
            print("the date is not in doubt")
            return
        last = json.loads(doubted)["last"]
        said = f"the courier last looked on {_moment(last)}, and now it is said to be {_moment(now)}"
        if not yes:
            click.confirm(
                f"{said}.\nMessages and keys that ended in between are destroyed for good. Is it right?", abort=True
            )

        def note() -> None:
            store.marks.set(CLOCK_SEEN, str(now))
            store.marks.set(CLOCK_DOUBTED, "")
            store.audit_log.record("date accepted", "administrator", now, last=last)

        store.write(note)
    print(said)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
