"""`zegel migrate`: brings what is there to another database."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from zegel.database_address import Place
from zegel.errors import describe
from zegel.settings.model import master_key_path
from zegel.settings.storage import Storage
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.vault.keys import read_master_key
from zegel.vault.moving import move


@click.command(epilog="Example: zegel migrate /var/lib/zegel/zegel.db postgresql:///zegel")
@CONFIG_OPTION
@click.option("--sample", default=1000, show_default=True, help="Messages that are opened in the new place.")
@click.argument("source")
@click.argument("target")
def migrate(config: str | None, sample: int, source: str, target: str) -> None:
    """Copies the database SOURCE to TARGET, each a path or postgresql://…, and verifies it. Stop zegel.target first.

    Then name TARGET in storage.database, and start. SOURCE stays, and is refused from then on. What was cut off changes
    nothing, and can be run again.
    """
    settings = settings_or_exit(config)
    kept, began = settings.storage, time.monotonic()
    os.umask(0o077)
    try:
        places = [_place(each, kept) for each in (source, target)]
        done = move(
            places[0], places[1], kept.keyring, read_master_key(master_key_path(settings)), time.time(), sample, _Told()
        )
        _keep_owner(places[1], kept.folder)
    except Exception as error:
        raise click.ClickException(f"nothing is moved: {describe(error)}") from None
    print(
        f"moved in {time.monotonic() - began:.0f} s: {done.rows['message']} messages, {done.rows['event']} events; "
        f"read back and compared, the chain is whole, {done.opened} messages opened"
    )
    print(f"now name it in the settings (storage.database: {target}), then: systemctl start zegel.target")


def _place(given: str, kept: Storage) -> Place:
    """Beside what the settings say, with their file for a password."""
    named = Path(given.removeprefix("sqlite:")).absolute() if "://" not in given else given
    return Storage(**kept.model_dump() | {"database": named}).place


class _Told:
    """Says every few seconds how far it is."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 5

    def __call__(self, table: str, count: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 5
            click.echo(f"{table}: {count} rows", err=True)


def _keep_owner(place: Place, folder: Path) -> None:
    """What root has made belongs to whom the services run as."""
    if os.geteuid() == 0 and isinstance(place, Path):
        owner = folder.stat()
        for file in place.parent.glob(f"{place.name}*"):
            os.chown(file, owner.st_uid, owner.st_gid)
