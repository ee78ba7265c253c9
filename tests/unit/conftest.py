"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import Built, build
from tests.support.level2 import Level2, level2_in
from tests.unit.sms.sms_listener import Listen, Listener, Says


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """The real core on disk, closed after the test."""
    made = build(tmp_path)
    yield made
    made.core.close()


@pytest.fixture
def level2(tmp_path: Path) -> Iterator[Level2]:
    """The same with a gateway, and a courier that is driven by hand."""
    made = level2_in(tmp_path)
    yield made
    made.core.close()


@pytest.fixture
def listening() -> Iterator[Listen]:
    """Makes listeners that answer as they are told, and closes them after the test."""
    made: list[Listener] = []

    def listen(answer: Says) -> Listener:
        says = (lambda connection, _: connection.sendall(answer)) if isinstance(answer, bytes) else answer
        made.append(Listener(says))
        return made[-1]

    yield listen
    for each in made:
        each.close()
