"""A house where devices are remembered, and a delivery with an agreed code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import RECIPIENT, build
from tests.support.level2 import SETTINGS, Level2
from tests.unit.unlock.agreement import agree
from zegel.vault.tables.records import Delivery

DAYS = 10
PORTAL = f'portal: {{url: "http://127.0.0.1:8080", remember_days: {DAYS}}}'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Level2]:
    """A house where devices are remembered for ten days."""
    build(tmp_path, SETTINGS).core.close()
    file = tmp_path / "zegel.yaml"
    file.write_text(file.read_text().replace('portal: {url: "http://127.0.0.1:8080"}', PORTAL))
    made = Level2(build(tmp_path, SETTINGS))
    yield made
    made.core.close()


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    """A message to a recipient without a number, whose sender agreed on a code."""
    (held,) = level2.seal(RECIPIENT)
    assert agree(level2, held) == "released"
    level2.run()
    return level2.now(held)
