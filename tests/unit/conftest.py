"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cast import Built, build
from tests.unit.level2 import Level2, level2_in


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """The real core on disk, closed after the test."""
    made = build(tmp_path)
    yield made
    made.house.close()


@pytest.fixture
def level2(tmp_path: Path) -> Iterator[Level2]:
    """The same with a gateway, and a courier that is driven by hand."""
    made = level2_in(tmp_path)
    yield made
    made.house.close()
