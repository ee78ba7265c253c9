"""What opens something, and what of it can be come by: from objects, and from the memory of a process."""

from __future__ import annotations

import gc
import types
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from tests.support.cast import Built
from zegel.crypto import derive
from zegel.vault.keys import SealingKeys, read_master_key, wrap_key


def secrets_of(built: Built) -> dict[str, bytes]:
    """All that opens something, by name."""
    vault = built.core.vault
    master = read_master_key(built.folder / "master.key")
    days = {f"key of {day}": vault.keyring.key_for(day, make=False) for day in vault.keyring.days()}
    opening = {each.name for each in fields(vault.keys)} - set(SealingKeys.__slots__)
    return {
        "master": master,
        "wrap": wrap_key(master),
        **days,
        **{f"private half of {name}": derive(key, "pair") for name, key in days.items()},
        **{name: getattr(vault.keys, name) for name in opening},
        "private half of notices": derive(vault.keys.notice, "pair"),
    }


def reachable(start: object) -> Iterator[object]:
    """Every object that can be come by from `start`, but by what all modules of this process share."""
    seen, waiting = set[int](), [start]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, types.ModuleType | type):
            continue
        seen.add(id(each))
        yield each
        shared = each.__globals__ if isinstance(each, types.FunctionType) else None
        waiting += [found for found in gc.get_referents(each) if found is not shared]


def memory_of(pid: int) -> bytes:
    """All that a process can write in."""
    pieces = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, mode = line.split()[:2]
            if mode.startswith("rw"):
                start, end = (int(each, 16) for each in place.split("-"))
                with suppress(OSError):
                    memory.seek(start)
                    pieces.append(memory.read(end - start))
    return b"".join(pieces)
