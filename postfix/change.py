"""Writes a change to main.cf and master.cf, tries it on Postfix, and takes it back when Postfix cannot work with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from postconf import Postfix, PostfixError
from probe import NotTaken, probe


@dataclass(frozen=True)
class Change:
    """What is to be written: parameters, services, and options of services by `service/parameter`. None: it goes."""

    parameters: dict[str, str | None]
    services: dict[str, str | None]
    overrides: dict[str, str] = field(default_factory=dict)

    def write(self, postfix: Postfix) -> None:
        postfix.set_services(self.services)
        postfix.set(self.parameters)
        postfix.set_overrides(self.overrides)


def carry_out(postfix: Postfix, change: Change, *, reload: bool) -> str:
    """Writes a change and looks whether Postfix can work with it; else brings the files back. Raises PostfixError.

    A running Postfix reloads and is asked for mail. Returns what is left to do.
    """
    files = {path: path.read_bytes() for path in (postfix.folder / "main.cf", postfix.folder / "master.cf")}
    before, running = postfix.complaints(), reload and postfix.is_running()
    try:
        change.write(postfix)
        if new := postfix.complaints() - before:
            raise PostfixError("; ".join(sorted(new)))
        if running:
            postfix.reload()
            for listener in postfix.listeners():
                probe(listener)
    except (PostfixError, NotTaken) as problem:
        for path, content in files.items():
            path.write_bytes(content)
        if running:
            postfix.reload()
            _remove_sockets(postfix, change)
        raise PostfixError(f"{problem}. Everything is as it was before") from None
    if reload:
        _remove_sockets(postfix, change)
    return "Postfix has reloaded and takes mail" if running else f"now run: postfix -c {postfix.folder} reload"


def _remove_sockets(postfix: Postfix, change: Change) -> None:
    """Removes sockets of services that are gone; Postfix leaves them, and the courier would wait at one for ever."""
    there = postfix.services()
    for name in change.services:
        if name.endswith("/unix") and name not in there:
            for folder in ("public", "private"):
                postfix.queue.joinpath(folder, name.removesuffix("/unix")).unlink(missing_ok=True)
