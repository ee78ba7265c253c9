"""The core of a process that only seals: no master key, and nothing that opens a message."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from zegel.direct.deliveries import DirectDeliveries
from zegel.recipients.preferences import People
from zegel.settings.model import Settings, sealing_key_path
from zegel.vault.keys import SealingKeys, read_master_key
from zegel.vault.opening_to_seal import PATIENCE, open_to_seal
from zegel.vault.sealing_vault import SealingVault


class ForSealing(Protocol):
    """What receiving mail needs of a core, of this one or of a whole one."""

    @property
    def settings(self) -> Settings: ...
    @property
    def vault(self) -> SealingVault: ...
    @property
    def people(self) -> People: ...
    @property
    def direct(self) -> DirectDeliveries: ...
    @property
    def clock(self) -> Callable[[], float]: ...


@dataclass(frozen=True, slots=True)
class SealingCore:
    """What the milter stands on."""

    settings: Settings
    vault: SealingVault
    people: People
    direct: DirectDeliveries
    clock: Callable[[], float]
    keys: SealingKeys

    def close(self) -> None:
        self.vault.close()


def open_sealing_core(
    settings: Settings,
    clock: Callable[[], float] | None = None,
    patience: float = PATIENCE,
    keys: SealingKeys | None = None,
) -> SealingCore:
    """Opens the database with the sealing key alone. The date is the database's, unless there is another `clock`.

    `keys` is what that has opened before: a process that is started anew may find another sealing key in place.

    Raises OSError, ForPeople, or peewee's errors when it cannot.
    """
    os.umask(0o077)  # whatever this process creates is its own: database, WAL, spool
    storage = settings.storage
    for folder in (storage.folder, storage.keyring.parent, storage.spool):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sealing = keys or read_master_key(sealing_key_path(settings))
    vault, found = open_to_seal(storage.place, storage.keyring, sealing, clock and clock(), patience)
    clock = clock or vault.store.engine.clock
    return SealingCore(
        settings, vault, People(settings, vault, clock), DirectDeliveries(settings, vault, clock), clock, found
    )
