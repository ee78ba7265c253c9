"""The `zegel` command."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zegel import __version__
from zegel.cli.check import check
from zegel.cli.outbox import outbox
from zegel.cli.phone import phone
from zegel.cli.report import report
from zegel.cli.rules import rules
from zegel.vault.keyring import write_master_key


@click.group()
@click.version_option(__version__, prog_name="zegel")
def main() -> None:
    """Protects outgoing mail: looks after rules, settings, keys and what waits to be sent."""


@main.group()
def key() -> None:
    """The master key."""


@key.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key_new(file: Path) -> None:
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


main.add_command(check)
main.add_command(outbox)
main.add_command(phone)
main.add_command(report)
main.add_command(rules)
