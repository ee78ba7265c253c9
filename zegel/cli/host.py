"""`zegel host`: the hosts that share a database of a PostgreSQL server."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from zegel.cli.opened import opened_core
from zegel.errors import describe
from zegel.settings.model import master_key_path
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.vault.joining import join as join_others
from zegel.vault.keys import read_master_key


@click.group()
def host() -> None:
    """The hosts that share a database, each with a key ring of its own (docs/operations.md, Several hosts)."""


@host.command(epilog="Example: zegel host join && systemctl start zegel.target")
@CONFIG_OPTION
@click.option("--wait", default=60.0, show_default=True, help="Seconds in which a courier of another host may answer.")
def join(config: str | None, wait: float) -> None:
    """Makes the key ring of a further host, and gets the day keys from the others. A courier has to run on one of them.

    Run it as root before Zegel starts here for the first time, with the settings, rules and master key of the others.
    """
    settings = settings_or_exit(config)
    kept = settings.storage
    os.umask(0o077)
    kept.keyring.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        days, missing = join_others(kept.place, kept.keyring, read_master_key(master_key_path(settings)), wait)
        _give_to_owner(kept.keyring)
    except Exception as error:
        raise click.ClickException(describe(error)) from None
    if missing:
        raise click.ClickException(
            f"{len(missing)} of {days + len(missing)} day keys have not come: start zegel-courier on a host that has "
            "them, then run this again"
        )
    print(f"{kept.keyring} has the keys of {days} days; zegel.target can start")


def _give_to_owner(ring: Path) -> None:
    """What root made belongs to whom the folder belongs to."""
    if os.geteuid() == 0:
        owner = ring.parent.stat()
        for path in (ring, ring.with_name(f"{ring.name}-journal")):
            if path.exists():
                os.chown(path, owner.st_uid, owner.st_gid)


@host.command("list", epilog="Example: zegel host list")
@CONFIG_OPTION
def list_(config: str | None) -> None:
    """Shows the hosts: when each gave a sign last, and by how much its clock is off."""
    with opened_core(config) as core:
        hosts, now = core.vault.store.hosts.all(), core.clock()
        own = core.vault.shared.host if core.vault.shared is not None else ""
    for each in hosts:
        seen = datetime.fromtimestamp(each.seen, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if each.seen else "never"
        notes = [f"clock {each.ahead:+.1f} s", f"version {each.version or '?'}"]
        notes += ["lacks keys"] if each.wants else []
        notes += ["this host"] if each.id == own else []
        print(f"{each.id}  {each.name}  seen {seen} ({max(0.0, now - each.seen):.0f} s ago)  {', '.join(notes)}")
    if not hosts:
        print("this is the only host")


@host.command(epilog="Example: zegel host forget 5b1d0c93a7e4f612 --yes")
@CONFIG_OPTION
@click.argument("host_id", metavar="ID")
@click.confirmation_option(prompt="Keys that only that host has are lost for good then. Does it never come back?")
def forget(config: str | None, host_id: str) -> None:
    """Removes a host that never comes back. Destroy its key ring too: it keeps keys of days that are over."""
    with opened_core(config) as core:
        store, shared, now = core.vault.store, core.vault.shared, core.clock()
        known = store.hosts.get(host_id)
        if known is None or shared is None:
            raise click.ClickException(f"there is no host {host_id}; see: zegel host list")
        if known.id == shared.host:
            raise click.ClickException("this is the host that you are on")

        def forget_it() -> None:
            store.hosts.forget(host_id)
            store.audit_log.record("host forgotten", "administrator", now, host=host_id)

        store.write(forget_it)
    print(f"{host_id} is forgotten")
