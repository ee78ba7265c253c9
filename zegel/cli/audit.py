"""`zegel audit`: whether the audit log is whole, and a person's word about what it lost."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from zegel.cli.opened import opened_core
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel.startup import CONFIG_OPTION
from zegel.vault.audit_export import Format, NotProven, check, exported, public_key
from zegel.vault.marks import AUDIT, LOST
from zegel.vault.verification import standing, verify


@click.group()
def audit() -> None:
    """The audit log: who did what when."""


@audit.command("verify", epilog="Example: zegel audit verify --full")
@CONFIG_OPTION
@click.option("--full", is_flag=True, help="From the first event; else from where the last look ended.")
def verify_(config: str | None, full: bool) -> None:
    """Goes through the chain of hashes; exit status 2 when an event was changed or removed."""
    with opened_core(config) as core:
        store = core.vault.store
        found, count = verify(store, time.time(), full=full)
        lost = store.marks.get(LOST)
    if found.broken is not None:
        print(
            f"WRONG   event {found.broken} was changed, or one in front of it was removed; all up to {found.id} is "
            "whole. "
            "Compare with a backup; see docs/operations.md, The audit log"
        )
        raise SystemExit(2)
    if lost:
        print("WRONG   the log has lost its end; see: zegel check")
        raise SystemExit(2)
    print(f"ok      {count} events looked at, whole up to {found.id} of {_moment(found.at)}")


@audit.command("export", epilog="Example: zegel audit export --since 2026-11-01 --until 2026-11-30 > audit.json")
@CONFIG_OPTION
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day (UTC); else from the first event.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day (UTC); else up to now.")
@click.option("--csv", "as_csv", is_flag=True, help="For a spreadsheet, instead of JSON.")
def export_(config: str | None, since: datetime | None, until: datetime | None, as_csv: bool) -> None:
    """The events of a period, with the hashes of the chain and a signature that check-export knows."""
    now = time.time()
    first = since.replace(tzinfo=UTC).timestamp() if since else 0.0
    last = (until.replace(tzinfo=UTC) + timedelta(days=1)).timestamp() if until else 0.0
    form: Format = "csv" if as_csv else "json"
    with opened_core(config) as core:
        store = core.vault.store
        store.write(
            lambda: store.audit_log.record("audit log exported", ADMINISTRATOR, now, since=first, until=last, form=form)
        )
        about = {"organisation": core.settings.organisation.name, "by": ADMINISTRATOR, "at": now}
        for piece in exported(core.vault, first, last, form, about):
            sys.stdout.buffer.write(piece)


@audit.command("check-export", epilog="Example: zegel audit check-export audit.json")
@CONFIG_OPTION
@click.option("--key", default="", help="The public key that has to have signed it; else that of this Zegel.")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
def check_export(config: str | None, key: str, file: Path) -> None:
    """Whether FILE is what Zegel exported, unchanged; exit status 2 when not. Takes JSON and CSV."""
    if not key:
        with opened_core(config) as core:
            key = public_key(core.vault)
    try:
        found = check(file.read_bytes(), key.lower()).statement
    except NotProven as error:
        print(f"WRONG   {error}")
        raise SystemExit(2) from None
    if found["broken"] is not None:
        print(
            f"WRONG   it is unchanged, but the log was not whole then: event {found['broken']}, or one in front of it"
        )
        raise SystemExit(2)
    print(f"ok      {found['events']} events up to {found['head']['event']}, exported {_moment(found['at'])}")


@audit.command(epilog="Example: zegel audit accept --yes")
@CONFIG_OPTION
@click.confirmation_option(
    prompt="What is missing or changed in the log is noted in it, and zegel check is silent about it. Go on?"
)
def accept(config: str | None) -> None:
    """Says that a person has looked into lost data or a broken chain; the log notes it."""
    now = time.time()
    with opened_core(config) as core:
        store = core.vault.store
        found, lost = standing(store.marks.get(AUDIT)), store.marks.get(LOST)
        broken = found.broken if found else None
        if broken is None and not lost:
            print("nothing is missing or changed")
            return

        def note() -> None:
            store.marks.set(LOST, "")
            store.audit_log.record("loss accepted", "administrator", now, broken=broken, lost=bool(lost))
            head = store.audit_log.head()
            if head is not None and broken is not None:
                text = {"id": head.id, "hash": head.hash.hex(), "at": head.at, "verified_at": now}
                store.marks.set(AUDIT, json.dumps(text))

        store.write(note)
    print("noted in the audit log")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "never"
