"""The `zegel` command."""

from __future__ import annotations

import click

from zegel import __version__
from zegel.cli.audit import audit
from zegel.cli.backup import backup, restore
from zegel.cli.check import check
from zegel.cli.clock import clock
from zegel.cli.code import code
from zegel.cli.console import console
from zegel.cli.direct import direct
from zegel.cli.key import key
from zegel.cli.move import move
from zegel.cli.outbox import outbox
from zegel.cli.person import person
from zegel.cli.phone import phone
from zegel.cli.report import report
from zegel.cli.rules import rules
from zegel.cli.setup.command import setup
from zegel.cli.setup.remove import remove
from zegel.cli.upgrade import upgrade_check


@click.group()
@click.version_option(__version__, prog_name="zegel")
def main() -> None:
    """Protects outgoing mail: looks after rules, settings, keys and what waits to be sent."""


main.add_command(audit)
main.add_command(backup)
main.add_command(check)
main.add_command(clock)
main.add_command(code)
main.add_command(console)
main.add_command(key)
main.add_command(direct)
main.add_command(move)
main.add_command(outbox)
main.add_command(person)
main.add_command(phone)
main.add_command(report)
main.add_command(remove)
main.add_command(restore)
main.add_command(rules)
main.add_command(setup)
main.add_command(upgrade_check)
