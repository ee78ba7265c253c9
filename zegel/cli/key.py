"""`zegel key`: the master key, what the milter has in its place, and what to do when day keys are lost."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from zegel.errors import describe
from zegel.settings.model import master_key_path
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.vault.keys import read_master_key, write_master_key, write_sealing_key
from zegel.vault.lost_keys import give_up_lost_keys
from zegel.vault.rotation import rotate as rotate_keys


@click.group()
def key() -> None:
    """The master key, and the keys under it."""


@key.command("new", epilog="Example: zegel key new /etc/zegel/master.key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new(file: Path) -> None:
    """Makes a master key in FILE, readable by its owner only. Never overwrites one."""
    try:
        write_master_key(file)
    except FileExistsError:
        print(f"{file} exists already; a master key is never overwritten", file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:
        print(f"{file} cannot be written: {error.strerror}", file=sys.stderr)
        raise SystemExit(1) from None
    print(f"{file} made; keep a copy where the database is not")


@key.command(epilog="Example: zegel key sealing && systemctl restart zegel-milter")
@CONFIG_OPTION
def sealing(config: str | None) -> None:
    """Writes what the milter has in place of the master key, beside it. It follows from that: keep no copy."""
    storage = settings_or_exit(config).storage
    try:
        written = write_sealing_key(storage.sealing_key, storage.master_key)
    except OSError as error:
        raise click.ClickException(f"{storage.sealing_key} cannot be written: {error.strerror}") from None
    print(f"{storage.sealing_key} {'made' if written else 'is there already'}")


@key.command(epilog="Example: zegel key rotate --yes")
@CONFIG_OPTION
@click.option("--wait", default=6.0, show_default=True, help="Seconds in which all that runs takes up the new key.")
@click.confirmation_option(prompt="The copy of the master key in the safe becomes worthless. Change the key?")
def rotate(config: str | None, wait: float) -> None:
    """Changes the master key while Zegel runs. What was cut off is finished by running it again."""
    settings = settings_or_exit(config)
    kept, file = settings.storage, settings.storage.master_key
    new = file.with_name(file.name + ".new")

    def put_in_place() -> None:
        new.replace(file)
        write_sealing_key(kept.sealing_key, file)

    try:
        if not new.exists():
            write_master_key(new)
        owner = file.stat()
        new.chmod(owner.st_mode & 0o777)
        if os.geteuid() == 0:
            os.chown(new, owner.st_uid, owner.st_gid)
        guarded = rotate_keys(kept.place, kept.keyring, read_master_key(file), read_master_key(new), put_in_place, wait)
    except Exception as error:
        raise click.ClickException(describe(error)) from None
    print(f"{file} is new: copy it to where the old copy is, and destroy that one")
    if guarded:
        print(
            "the keys for links, look-ups, phone numbers and the like were once derived from the old master key, and "
            "stay: keep what is left of the old key secret, as you did before"
        )


@key.command(epilog="Example: systemctl stop zegel.target && zegel key lost --yes")
@CONFIG_OPTION
@click.confirmation_option(
    prompt="Messages whose day keys are gone can never be read again, and end now. Is there really no copy of the ring?"
)
def lost(config: str | None) -> None:
    """Goes on after the key ring, or a part of it, was lost for good. Stop zegel.target first."""
    settings = settings_or_exit(config)
    kept = settings.storage
    try:
        days, ended = give_up_lost_keys(
            kept.place, kept.keyring, read_master_key(master_key_path(settings)), time.time()
        )
    except Exception as error:
        raise click.ClickException(f"nothing is changed: {describe(error)}") from None
    print(f"the keys of {len(days)} days are given up, and {ended} messages have ended; zegel.target can start")
