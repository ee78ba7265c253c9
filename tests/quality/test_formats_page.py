"""docs/formats.md says what is read, and nothing that is not tried."""

from __future__ import annotations

from typing import get_args

from tests.quality.formats_page import GROUPS, PAGE, renewed
from tests.quality.registry import PLACES
from zegel.message.base.found import Kind


def test_the_tables_are_those_of_the_hiding_places() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), "run: python -m tests.quality.formats_page"


def test_every_format_has_its_line() -> None:
    listed = [format for formats in GROUPS.values() for format in formats]
    assert sorted(listed) == sorted({place.format for place in PLACES})


def test_every_way_to_be_unreadable_is_explained() -> None:
    page = PAGE.read_text("utf-8")
    assert [kind for kind in get_args(Kind) if f"| `{kind}` |" not in page] == []
