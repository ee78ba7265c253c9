"""One link does its worst to a portal that runs: others are served, memory is bounded, and nothing is left behind.

How long others wait is measured by `python -m bench.hostile_link`, with more kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import hostile_link
from tests.unit.portal.portal_process import Served, serve

REQUESTS = 6
KINDS = (
    "10 ZIPs that nobody reads",
    "slow readers of the whole mail",
    "replies that come slowly",
    "replies with files",
    "pages of an office document",
    "200 requests at once on a line",
    "downloads that break off",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("worst")) as running:
        yield running


@pytest.fixture(scope="module")
def reader(served: Served) -> tuple[str, str]:
    return served.opened(b"Subject: klein\r\n\r\nhallo\r\n", "eva@elders.example")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_others_are_served_and_nothing_stays(served: Served, reader: tuple[str, str], kind: str) -> None:
    outcome = hostile_link.one(served, kind, reader, REQUESTS)
    assert not outcome.attacked.refused and len(outcome.attacked.times) == REQUESTS
    assert outcome.memory < hostile_link.MOST_MEMORY
    assert not outcome.left
    assert not [path for path in served.built.core.settings.storage.spool.iterdir() if Path(path).is_file()]
