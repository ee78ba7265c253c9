"""The courier as one of several hosts: gives signs, takes the day keys that others made, and hands on its own."""

from __future__ import annotations

import logging
import os
import socket
import time
from pathlib import Path

from zegel import __version__
from zegel.core import Core

log = logging.getLogger("zegel.courier")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
LOOK_EVERY = 1.0
"""Seconds after which a host that lacks keys is answered."""


class Owner:
    """The name that this courier's claims have, and those of its predecessors, whose claims are given back.

    On a file of SQLite there is one courier, and a host name does. Where others claim too, each courier has a name of
    its own: machines that were copied share all that could be a name, and must not give back each other's claims.
    """

    def __init__(self, core: Core) -> None:
        """To be made while `courier.lock` is held: who wrote the last name does not run any more."""
        self.name = socket.gethostname()
        self.before = [self.name]
        self.run = os.urandom(8).hex()
        self._file: Path | None = None
        shared = core.vault.shared
        if shared is None:
            return
        self.name = f"{shared.host} {self.run}"
        self._boot = _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else ""
        self._file = core.settings.storage.folder / "courier.run"
        kept = self._file.read_text(encoding="ascii") if self._file.exists() else ""
        boot, *runs = kept.split() or [""]
        if boot != self._boot:
            runs = []  # of another start of the machine, or of another machine: their leases end
        self.before = [f"{shared.host} {run}" for run in runs]
        self._write([*runs, self.run])  # all of them, for we may be killed before their claims are given back

    def released(self) -> None:
        """The claims of predecessors are given back; they are forgotten."""
        if self._file is not None:
            self._write([self.run])

    def _write(self, runs: list[str]) -> None:
        assert self._file is not None
        new = self._file.with_name(f"{self._file.name}.new")
        new.write_text(f"{' '.join([self._boot, *runs])}\n", encoding="ascii")
        new.replace(self._file)


class Signs:
    """What other hosts know of this one, and get from it."""

    def __init__(self, core: Core, run: str) -> None:
        self._core = core
        self._run = run
        self._given = False
        self._next_look = 0.0

    def give(self) -> None:
        """Says that this host lives, and asks for keys that it lacks; to be called each minute."""
        shared, store, now = self._core.vault.shared, self._core.vault.store, self._core.clock()
        if shared is None:
            return
        shared.register()
        shared.ask(now)
        mine = store.hosts.get(shared.host)
        if self._given and mine is not None and mine.run != self._run:
            log.error(
                "another courier gives signs as this host: one of the two machines is a copy of the other, with its "
                "key ring; remove the key ring of the copy, and run there: zegel host join"
            )
        signs = {"seen": now, "ahead": time.time() - now, "version": __version__, "run": self._run}
        store.write(lambda: store.hosts.change(shared.host, **signs))
        self._given = True

    def look(self) -> None:
        """Takes and hands on keys; cheap when there are none."""
        shared = self._core.vault.shared
        if shared is None or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_EVERY
        if taken := shared.take():
            log.info("the keys of %d days came from another host", taken)
        if served := shared.answer(self._core.clock()):
            log.info("%d hosts that lacked day keys were handed those that are here", served)
