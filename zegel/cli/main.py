"""The `zegel` command. Only what was asked for is imported, because all of it takes a second."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Final

import click

from zegel import __version__

_WHERE: Final = {
    "audit": "zegel.cli.audit",
    "backup": "zegel.cli.backup",
    "check": "zegel.cli.check",
    "clock": "zegel.cli.clock",
    "code": "zegel.cli.code",
    "console": "zegel.cli.console",
    "direct": "zegel.cli.direct",
    "host": "zegel.cli.host",
    "key": "zegel.cli.key",
    "migrate": "zegel.cli.migrate",
    "move": "zegel.cli.move",
    "outbox": "zegel.cli.outbox",
    "person": "zegel.cli.person",
    "phone": "zegel.cli.phone",
    "remove": "zegel.cli.setup.remove",
    "report": "zegel.cli.report",
    "restore": "zegel.cli.backup",
    "rules": "zegel.cli.rules",
    "setup": "zegel.cli.setup.command",
    "upgrade-check": "zegel.cli.upgrade",
}
"""The module of each command, where it has its own name."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name, each imported when it is looked up."""

    def __init__(self) -> None:
        self._found: dict[str, click.Command | None] = dict.fromkeys(_WHERE)

    def __getitem__(self, name: str) -> click.Command:
        command = self._found[name]
        if command is None:
            command = self._found[name] = getattr(import_module(_WHERE[name]), name.replace("-", "_"))
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._found[name] = command

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@click.group(commands=_Commands())
@click.version_option(__version__, prog_name="zegel")
def main() -> None:
    """Protects outgoing mail: looks after rules, settings, keys and what waits to be sent."""
