"""Direct delivery with the real parts: signed zones, a validating resolver, two Postfixes.

The table in docs/direct.md is read here: each of its rows is a test.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.direct_world import BODY, Capture, World, world

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")]
PAGE = (Path(__file__).resolve().parents[2] / "docs/direct.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([a-z0-9.]+)` \| (.+?) \| (directly|notified)(?:, ([^|]*?))? \|$", PAGE, re.MULTILINE)
"""Domain, what is the matter with it, how it ends, and by which proof or for which reason."""


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(settings={"direct_delivery": {"hours": 0.02}}) as started:
        yield started


@pytest.fixture(scope="module")
def ends(here: World) -> Iterator[tuple[dict[str, str], bytes]]:
    """A mail to each domain of the table, all at once, and the whole wire meanwhile."""
    capture = Capture(here.folder / "wire.pcap")
    sent = {domain: here.send(domain) for domain, *_ in ROWS}
    for address in sent.values():
        here.outcome(address, 240)
    for domain, _, how, _ in ROWS:
        if how == "directly":
            here.arrived(sent[domain])
    time.sleep(1.0)
    yield sent, capture.end()


def test_the_table_is_there() -> None:
    assert len(ROWS) > 25


@pytest.mark.parametrize(("domain", "matter", "how", "by"), ROWS, ids=[row[0] for row in ROWS])
def test_each_row_of_the_table_ends_as_it_says(
    here: World, ends: tuple[dict[str, str], bytes], domain: str, matter: str, how: str, by: str
) -> None:
    address = ends[0][domain]
    kinds = [event.kind for event in here.events(address)]
    if how == "directly":
        event = here.outcome(address)
        assert event.kind == "delivered directly", here.why(address)
        assert event.details["proof"] == by
        assert event.details["tls"] in ("TLS 1.2", "TLS 1.3")
        assert (here.state(address), kinds.count("notified")) == ("delivered", 0)
        (letter,) = here.letters(address)
        assert BODY in letter.body("plain")
    else:
        assert kinds == ["not delivered directly", "notified"], "one, and not both"
        assert by in here.why(address)
        assert here.state(address) == "notified"
        assert all(BODY.encode() not in letter.raw for letter in here.letters(address))


def test_no_byte_of_a_body_is_outside_of_tls(ends: tuple[dict[str, str], bytes]) -> None:
    _, wire = ends
    assert len(wire) > 100_000, "something was captured"
    assert b"STARTTLS" in wire
    assert BODY.encode() not in wire
    assert b"Over de" not in wire
