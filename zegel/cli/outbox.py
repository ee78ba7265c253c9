"""`zegel outbox`: what waits to be sent, what is stuck, and what to do about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from zegel.core import Core, open_core
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.vault.tables.records import OutboxItem


@click.group()
def outbox() -> None:
    """What waits to be sent."""


@outbox.command("list", epilog="Example: zegel outbox list --all | grep 4bXyZ12q3Rz")
@CONFIG_OPTION
@click.option("--all", "everything", is_flag=True, help="Also what was sent.")
def list_(config: str | None, everything: bool) -> None:
    """One line an item: number, state, kind, tries, age, Postfix's queue id of the original, recipient, last answer."""
    states = ["due", "claimed", "stuck", *(["done"] if everything else [])]
    with _core(config) as core:
        rows = [_row(core, item) for item in core.vault.store.outbox.list(states)]
    for line in _aligned([_HEADINGS, *rows] if rows else []):
        print(line)
    print(f"{len(rows)} items")


@outbox.command(epilog="Example: zegel outbox show 4711")
@CONFIG_OPTION
@click.argument("number", type=int)
def show(config: str | None, number: int) -> None:
    """Everything about an item but its content."""
    with _core(config) as core:
        item = _found(core, number)
        delivery = core.vault.store.delivery(item.delivery_id)
        addressee = core.vault.store.replies.addressee_of(item)
        queue_id = core.vault.store.audit_log.queue_id(item.message_id)
    print(_line(item))
    if queue_id:
        print(f"of the mail that Postfix called {queue_id}")
    print(f"message {item.message_id}, delivery {item.delivery_id}")
    if addressee is not None:
        print(f"to {addressee.address}, {addressee.state}")
    elif delivery is not None:
        print(f"to {delivery.recipient}, {delivery.state}")


@outbox.command(epilog="Example: zegel outbox retry 4711")
@CONFIG_OPTION
@click.argument("number", type=int)
def retry(config: str | None, number: int) -> None:
    """Has an item sent again now."""
    with _core(config) as core:
        item = _found(core, number)
        if item.state == "done":
            raise click.ClickException(f"{number} was sent already")
        store = core.vault.store
        store.write(lambda: store.outbox.retry(number, core.clock(), item.error))
    print(f"{number} is due")


@outbox.command(epilog="Example: zegel outbox drop 4711")
@CONFIG_OPTION
@click.argument("number", type=int)
@click.confirmation_option(prompt="It will not be sent, and nobody is told. Drop it?")
def drop(config: str | None, number: int) -> None:
    """Forgets an item; it is never sent."""
    with _core(config) as core:
        item = _found(core, number)
        store, now = core.vault.store, core.clock()

        def forget() -> None:
            if addressee := store.replies.addressee_of(item):
                store.replies.failed(item.message_id, addressee.position, "refused", now)
            store.outbox.drop(number)
            store.audit_log.record(
                "dropped", "administrator", now, message=item.message_id, delivery=item.delivery_id, what=item.kind
            )

        store.write(forget)
    print(f"{number} is dropped")


@contextmanager
def _core(config: str | None) -> Iterator[Core]:
    core = open_core(settings_or_exit(config))
    try:
        yield core
    finally:
        core.close()


def _found(core: Core, number: int) -> OutboxItem:
    item = core.vault.store.outbox.item(number)
    if item is None:
        raise click.ClickException(f"no item {number}; see zegel outbox list")
    return item


_HEADINGS = ("item", "state", "kind", "tries", "age", "queue id", "recipient", "last answer")


def _row(core: Core, item: OutboxItem) -> tuple[str, ...]:
    store = core.vault.store
    addressee, delivery = store.replies.addressee_of(item), store.delivery(item.delivery_id)
    recipient = addressee.address if addressee else delivery.recipient if delivery else ""
    return (
        str(item.id), item.state, item.kind, str(item.attempts), _span(time.time() - item.created_at),
        store.audit_log.queue_id(item.message_id), recipient, item.error,
    )  # fmt: skip


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """The rows as lines, each column as wide as it has to be; "-" is what is empty, so that programs can split them."""
    shown = [tuple(cell or "-" for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _span(seconds: float) -> str:
    """
    >>> _span(59), _span(3600), _span(198_000)
    ('59s', '60m', '55h')
    """
    seconds = max(0, seconds)
    return (
        f"{seconds:.0f}s" if seconds < 100 else f"{seconds / 60:.0f}m" if seconds < 6000 else f"{seconds / 3600:.0f}h"
    )


def _line(item: OutboxItem) -> str:
    age = max(0, int(time.time() - item.created_at))
    return f"{item.id}  {item.state}  {item.kind}  {item.attempts} tries  {age} s old  {item.error}".rstrip()
