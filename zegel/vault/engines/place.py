"""Where a database is, and the engine for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from zegel.vault.engines.engine import Engine
from zegel.vault.engines.sqlite import Sqlite


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a server. `folder` is where this machine keeps what belongs to it."""

    url: str = field(repr=False)
    """`postgresql://…`, as libpq reads it; may contain a password."""
    folder: Path


Place = Path | Address
"""Where a database is: a path is a file of SQLite."""


def engine_of(place: Place) -> Engine:
    """Opens nothing yet."""
    if isinstance(place, Path):
        return Sqlite(place)
    # Only here: who has SQLite needs no driver.
    from zegel.vault.engines.postgresql import Postgresql

    return Postgresql(place.url, place.folder / "postgresql")
