"""Random envelopes of addresses whose reading by real Postfixes was recorded: nobody outside keeps the original.

`python -m tests.fuzz.record_parses` made the recordings. What is outside is told here by Postfix's delivery and by the
library that Postfix turns domains into names with, not by Zegel.
"""

from __future__ import annotations

import functools
import gzip
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fuzz.envelope_arguments import OWN
from tests.fuzz.length import ENVELOPES, LONG, SEED
from tests.support.postfix_idna import postfix_domain
from zegel.mail.addresses import Addresses
from zegel.mail.domains import ascii_domain
from zegel.mail.envelope import Envelope, Reading, UnsafeAddress, read

RECORDINGS = sorted(Path(__file__).with_name("parses").glob("*.gz"))
TRUSTED = ("strasse.example", "post.example")
ALL = ((0x80, 0xD800), (0xE000, 0x110000))
CHANGEABLE = (
    (0x80, 0x3400), (0xA640, 0xAC00), (0xF900, 0x10000), (0x10400, 0x10600), (0x1D400, 0x1D800), (0x1E900, 0x1E960),
    (0x1F100, 0x1F200), (0x2F800, 0x2FA20), (0xE0000, 0xE01F0),
)  # fmt: skip
"""Where characters are that UTS 46 maps or drops."""
PARTNERS = Addresses(TRUSTED, surely=True)


@dataclass(frozen=True)
class Parsed:
    """An address that Postfix took, as sender or as recipient."""

    reading: Reading
    domain: str | None
    """Where Postfix delivers to, or whose the sender is, as a name of the DNS."""
    deleted: bool = False


@functools.cache
def recorded(path: Path) -> dict[str, tuple[list[Parsed], list[Parsed]]]:
    """The senders and the recipients by configuration of Postfix."""
    found: dict[str, tuple[list[Parsed], list[Parsed]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            senders, recipients = found.setdefault(row["config"], ([], []))
            argument = row["argument"].encode("latin-1")
            if row["sender"] is not None:
                senders.append(Parsed(read(argument, row["sender"]), _domain(row["sender"])))
            if row["recipient"] is not None and row["goes to"] is not None:
                reading = read(argument, row["recipient"])
                recipients.append(Parsed(reading, _domain(row["goes to"]), row["deleted"]))
    return found


def _domain(address: str) -> str | None:
    return postfix_domain(address.rpartition("@")[2])


def envelopes(path: Path, count: int) -> Iterator[tuple[Parsed, list[Parsed], bool]]:
    rng = random.Random(f"{SEED} {path.name}")
    lists = list(recorded(path).values())
    for _ in range(count):
        senders, recipients = rng.choice(lists)
        yield rng.choice(senders), rng.choices(recipients, k=rng.choice((1, 1, 2, 3))), rng.random() < 0.05


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_nobody_outside_keeps_the_original_and_everybody_has_something(path: Path) -> None:
    refused = foreign_refused = sealed = 0
    for sender, recipients, login in envelopes(path, ENVELOPES // len(RECORDINGS)):
        ours = login or sender.domain in OWN
        readings = [each.reading for each in recipients]
        doubtful = frozenset(each.address for each in (sender.reading, *readings) if not each.sure)
        envelope = Envelope("Q", sender.reading.address, tuple(r.address for r in readings), login, doubtful)
        try:
            outside = envelope.outside(OWN)
        except UnsafeAddress:
            refused += 1
            foreign_refused += not ours and sender.reading.sure
            continue
        protected = {each for each in outside if each not in PARTNERS}
        sealed += bool(protected)
        for each in recipients:
            keeps = each.reading.address not in protected or not each.deleted
            may = not ours or each.domain in OWN or (each.domain in TRUSTED and each.reading.address not in protected)
            assert may or not keeps, f"{each} keeps the original of {sender}"
    assert sealed and refused
    assert foreign_refused <= refused // 2, "mail of others is not ours to refuse"


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_what_is_sure_was_deleted_and_goes_where_it_says(path: Path) -> None:
    sure = [each for _, recipients in recorded(path).values() for each in recipients if each.reading.sure]
    assert len(sure) > 100
    for each in sure:
        assert each.deleted, each
        assert ascii_domain(each.reading.address.rpartition("@")[2]) in ("", each.domain), each


def test_no_letter_makes_another_domain_of_ours_than_of_postfix_s() -> None:
    """Every character that both take has one name; what we refuse is nobody's."""
    for number in itertools.chain.from_iterable(range(*each) for each in (ALL if LONG else CHANGEABLE)):
        name = f"a{chr(number)}b.example"
        assert ascii_domain(name) in ("", postfix_domain(name) or ascii_domain(name)), hex(number)
