"""A home of Zegel whose commands run while it is in use, and what a test looks at in it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result

from tests.support.cast import ORIGINAL, Built, build
from zegel.cli.main import main
from zegel.vault.tables.records import Delivery

DAY = 86_400


def zegel(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(folder / "zegel.yaml")])


def start(home: Path) -> Built:
    home.mkdir(exist_ok=True)
    built = build(home)
    built.clock.now = time.time()
    return built


def readable(built: Built, delivery: Delivery) -> bool:
    return built.core.access.original(delivery) == ORIGINAL


def contents(home: Path) -> dict[str, object]:
    """Files byte for byte; of the ring, which is written to when it is tried, the rows."""
    found: dict[str, object] = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    if found.pop("keyring.db", None):
        with closing(sqlite3.connect(home / "keyring.db")) as ring:
            found["keyring.db"] = list(ring.iterdump())
    return {name: content for name, content in found.items() if not name.endswith("-journal")}


def another_key(home: Path) -> None:
    (home / "master.key").unlink()
    assert CliRunner().invoke(main, ["key", "new", str(home / "master.key")]).exit_code == 0
