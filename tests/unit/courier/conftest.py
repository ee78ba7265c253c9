"""The mail server that the courier's tests submit to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.scripted_smtp import Scripted


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    yield made
    made.close()
