"""A reader for hostile and odd mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zegel.message.reader import Reader
from zegel.settings.model import Limits


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """The one of all units, with more time; tests about time have their own."""
    made = Reader(Limits(seconds=20), 1)
    made.start()
    yield made
    made.close()
