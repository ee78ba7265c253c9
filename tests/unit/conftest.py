"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cast import Built, build


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """The real core on disk, closed after the test."""
    made = build(tmp_path)
    yield made
    made.house.close()
