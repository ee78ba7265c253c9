"""No hiding place stays unseen; `make quality` prints the same as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.quality import hiding_places
from tests.quality.hiding_places import AS_IT_IS, CONTAINERS
from tests.quality.registry import NUMBER, PLACES
from tests.support.shipped import shipped_rules
from zegel.message.reader import Reader

ALONE = re.compile(r"(?<!\d)111[. ]?222[. ]?333(?!\d)")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = hiding_places.reader()
    yield made
    made.close()


@pytest.mark.parametrize("container", [AS_IT_IS, *CONTAINERS])
def test_the_secret_is_found_in_every_place(reader: Reader, container: str) -> None:
    count, absent = hiding_places.missing(reader, (container,))
    assert not [(case.format, case.place) for case in absent]
    assert count > 40


def test_the_secret_is_found_in_every_place_of_documents_by_libreoffice(reader: Reader) -> None:
    count, absent = hiding_places.missing_from_office(reader)
    assert not [(case.format, case.place) for case in absent]
    assert count > 250


def test_the_shipped_rules_fire_on_it_in_every_place(reader: Reader) -> None:
    rules = shipped_rules()
    silent = []
    for case in hiding_places.cases((AS_IT_IS, "attached")):
        verdict = rules.judge(reader.read(case.raw), sender="ans@clinic.example", recipients=["pat@post.example"])
        if not any(match.detector == "bsn" for match in verdict.matches):
            silent.append((case.format, case.place))
    assert not silent


def test_the_number_is_found_by_itself_in_every_place(reader: Reader) -> None:
    """What is nothing but digits is easily taken for a measure or an id of the file itself."""
    missed = []
    for place in PLACES:
        data = place.make(NUMBER)
        read = reader.read(data if place.is_mail else CONTAINERS["attached"](f"a.{place.ending}", data))
        if not any(ALONE.search(text.content) for text in read.texts):
            missed.append((place.format, place.place))
    assert not missed


@pytest.mark.parametrize("format", ["docx", "pdf", "msg", "odt", "rtf", "doc"])
def test_without_the_secret_nothing_is_found(reader: Reader, format: str) -> None:
    (place,) = (place for place in PLACES if place.format == format and place.place in ("body", "page"))
    wrapped = CONTAINERS["attached"](f"a.{place.ending}", place.make("BSN 111222334"))
    assert not hiding_places.found(reader.read(wrapped))
