"""The engine for where a database is."""

from __future__ import annotations

from pathlib import Path

from zegel.database_address import Place
from zegel.vault.engines.engine import Engine
from zegel.vault.engines.sqlite import Sqlite


def engine_of(place: Place) -> Engine:
    """Opens nothing yet. Raises UnusableAddress."""
    if isinstance(place, Path):
        return Sqlite(place)
    # Only here: who has SQLite needs no driver.
    from zegel.vault.engines.postgresql import Postgresql

    return Postgresql(place)
