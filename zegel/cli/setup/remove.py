"""`zegel remove`: undoes what `zegel setup` did."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import click

from zegel.cli.setup import machine, web_site
from zegel.cli.setup.machine import NotReady
from zegel.database_address import beside
from zegel.settings.model import Settings, settings_path
from zegel.startup import CONFIG_OPTION
from zegel.vault.inspection import unfinished
from zegel.yamlfile import FileProblems, load


@click.command(epilog="Example: zegel remove && apt remove zegel")
@CONFIG_OPTION
@click.option("--data", is_flag=True, help="Also destroy all messages, keys, settings and rules. There is no way back.")
@click.option("--postfix", "folder", default=None, help="Postfix's configuration folder, if not /etc/postfix.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(config: str | None, data: bool, folder: str | None, yes: bool) -> None:
    """Takes Zegel out of Postfix, stops and disables its services and removes its web site.

    Settings, keys and messages stay, and zegel setup puts Zegel back; unless --data is given. What was sealed cannot be
    opened any more while the services are stopped.
    """
    if os.geteuid() != 0:
        raise click.ClickException("run it as root: it changes Postfix, and stops services")
    path = settings_path(config)
    settings = _settings(path)
    if settings is not None:
        for line in unfinished(settings.storage.place, time.time()):
            print(line)
    if not yes:
        what = "Destroy all messages and keys, and stop Zegel?" if data else "Stop Zegel, and keep its data?"
        click.confirm(what, abort=True)
    try:
        print(machine.postfix("undo", folder=folder).strip())
        if machine.has_units():
            machine.stop()
            print("the services are stopped and disabled")
        for file in web_site.installed():
            web_site.remove(file)
            print(f"{file} is removed")
    except NotReady as problem:
        print(f"not removed: {problem}", file=sys.stderr)
        sys.exit(1)
    if data:
        _destroy(path, settings)


def _settings(path: Path) -> Settings | None:
    try:
        return load(path, Settings)[0]
    except FileProblems:
        return None


def _destroy(path: Path, settings: Settings | None) -> None:
    if settings is None:
        raise click.ClickException(f"{path} cannot be read, so nobody knows where the data is; remove it yourself")
    kept = settings.storage
    kept.master_key.unlink(missing_ok=True)  # first: without it, nothing that a cut-off run leaves can be read
    kept.sealing_key.unlink(missing_ok=True)
    for folder in dict.fromkeys((kept.spool, kept.policies)):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (kept.keyring, beside(kept.place)):
        for each in [file, *file.parent.glob(f"{file.name}-*")]:
            each.unlink(missing_ok=True)
    for file in (*kept.folder.glob("*.lock"), *kept.folder.glob("courier.run*")):
        file.unlink()
    for folder in kept.folder.glob("before-restore-*"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (settings.rules, path):
        file.unlink(missing_ok=True)
    print("messages, keys, settings and rules are destroyed; copies elsewhere, such as backups, are not")
    if not isinstance(kept.place, Path):
        print(
            f"{kept.place} is still on its server. Other hosts go on with it: run zegel host forget there, for this "
            "one. If there are none, nobody can read it any more: drop it there"
        )
