"""Looking for what is encoded in a text takes as long as the text is long, whatever stands in it."""

from __future__ import annotations

import pytest

from tests.support.limits import within
from zegel.message.formats.undeclared import undeclared

RUNS = {
    "long runs, none with an end": b"abcdefghijklmnopqrstuvwxyz01 ",
    "runs with an end, none of them long": b"abcdefghijkl= ",
    "both by turns": b"abcdefghijklmnopqrstuvwxyz01 abcdefghijkl= ",
}


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
def test_a_hundred_thousand_runs_are_found_in_one_pass(run: bytes) -> None:
    with within(20):
        assert list(undeclared(run * 100_000)) == []
