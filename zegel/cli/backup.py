"""`zegel backup` and `zegel restore`: one command each."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from zegel.errors import describe
from zegel.policy.language.load import load_rules
from zegel.settings.model import Settings, master_key_path, settings_path
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.vault.copies import back_up
from zegel.vault.copies import restore as put_back
from zegel.vault.keys import read_master_key, wrap_key, write_sealing_key
from zegel.yamlfile import FileProblems

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(epilog="Example: zegel backup /backup/tonight")
@CONFIG_OPTION
@click.argument("folder", type=_FOLDER)
def backup(config: str | None, folder: Path) -> None:
    """Copies everything but the master key into FOLDER while Zegel runs, and verifies the copy.

    FOLDER/data may be kept with history. FOLDER/keyring may not: copy it elsewhere, over the copy of the day before.
    """
    settings = settings_or_exit(config)
    kept = settings.storage
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = back_up(
            kept.place, kept.keyring, wrap_key(read_master_key(master_key_path(settings))), _files(config, settings),
            folder,
        )  # fmt: skip
    except Exception as error:
        raise click.ClickException(describe(error)) from None
    print(f"{folder}: verified, with {about.messages} messages. The master key is not in it")


@click.command(epilog="Example: systemctl stop zegel.target && zegel restore /backup/tonight --yes")
@CONFIG_OPTION
@click.option(
    "--key-then",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The master key of the time of the backup, if it was changed since.",
)
@click.confirmation_option(prompt="What is there now is moved aside. Put the backup in its place?")
@click.argument("folder", type=_FOLDER)
def restore(config: str | None, folder: Path, key_then: Path | None) -> None:
    """Puts the backup in FOLDER in place of what is there. Stop zegel.target first.

    The key ring is put back only if the one that is there does not belong to the backup.
    """
    settings = settings_or_exit(config)
    kept = settings.storage
    try:
        kept.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        done = put_back(
            folder, kept.place, kept.keyring, read_master_key(master_key_path(settings)),
            read_master_key(key_then) if key_then else None, time.time(),
        )  # fmt: skip
        if kept.master_key.exists():  # what the milter needs on another machine, too
            write_sealing_key(kept.sealing_key, kept.master_key)
    except Exception as error:
        raise click.ClickException(describe(error)) from None
    at = datetime.fromtimestamp(done.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    print(f"restored as of {at}{', with its key ring' if done.ring else ''}; what was there is in {done.aside}")
    if not isinstance(kept.place, Path):
        print(f"of the database it is in the schema {done.aside.name}, until you drop that")
    print("mail that was sealed since then is gone, and what waited to be sent then is sent again. Start zegel.target")


def _files(config: str | None, settings: Settings) -> dict[str, bytes]:
    """Settings and rules by name: not needed to read messages, and worth having."""
    files = {"zegel.yaml": settings_path(config).read_bytes()}
    try:
        rules = load_rules(settings.rules, tests=False).files
    except FileProblems:
        rules = (settings.rules,)
    own = [file for file in rules if file.parent == settings.rules.parent and file.exists()]
    return files | {file.name: file.read_bytes() for file in own}
