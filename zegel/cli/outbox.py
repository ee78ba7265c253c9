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


@outbox.command("list")
@CONFIG_OPTION
@click.option("--all", "everything", is_flag=True, help="Also what was sent.")
def list_(config: str | None, everything: bool) -> None:
    """One line an item: number, state, kind, tries, age, last answer."""
    states = ["due", "claimed", "stuck", *(["done"] if everything else [])]
    with _core(config) as core:
        items = list(core.vault.store.outbox.list(states))
    for item in items:
        print(_line(item))
    print(f"{len(items)} items")


@outbox.command()
@CONFIG_OPTION
@click.argument("number", type=int)
def show(config: str | None, number: int) -> None:
    """Everything about an item but its content."""
    with _core(config) as core:
        item = _found(core, number)
        delivery = core.vault.store.delivery(item.delivery_id)
        addressee = core.vault.store.replies.addressee_of(item)
    print(_line(item))
    print(f"message {item.message_id}, delivery {item.delivery_id}")
    if addressee is not None:
        print(f"to {addressee.address}, {addressee.state}")
    elif delivery is not None:
        print(f"to {delivery.recipient}, {delivery.state}")


@outbox.command()
@CONFIG_OPTION
@click.argument("number", type=int)
def retry(config: str | None, number: int) -> None:
    """Has an item sent again now."""
    with _core(config) as core:
        item = _found(core, number)
        if item.state == "done":
            raise click.ClickException(f"{number} was sent already")
        store = core.vault.store
        store.write(lambda: store.outbox.retry(number, time.time(), item.error))
    print(f"{number} is due")


@outbox.command()
@CONFIG_OPTION
@click.argument("number", type=int)
@click.confirmation_option(prompt="It will not be sent, and nobody is told. Drop it?")
def drop(config: str | None, number: int) -> None:
    """Forgets an item; it is never sent."""
    with _core(config) as core:
        item = _found(core, number)
        store, now = core.vault.store, time.time()

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


def _line(item: OutboxItem) -> str:
    age = max(0, int(time.time() - item.created_at))
    return f"{item.id}  {item.state}  {item.kind}  {item.attempts} tries  {age} s old  {item.error}".rstrip()
