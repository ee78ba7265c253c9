"""Whether a row of a list without a head is about a person: a name and a date of birth in cells of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from zegel.policy.detectors.birth import as_date

_NAME = re.compile(
    r"(?:(?:van|de|der|den|het|'t|ten|ter|te|v\.?d\.?|von|du|la|le|el|al|di|da|dos|bin)[ .]+|[A-Z][A-Z.]*[ .,]+){0,6}"
    r"[A-Z][a-zA-Z'-]{1,30}(?:[ ,-]+(?:[A-Z][a-zA-Z'.-]*|van|de|der|den|het|'t|ten|ter|te|von|du|la|le|el|al)\.?){0,6}"
    r"(?: ?\([mMvVfFxX]\))?"
)
_OLD_ENOUGH = 12
"""Years after which a date that nothing names is taken for a birth: orders, visits and letters are younger."""
_LONGEST = 60
_IN_ONE = re.compile(r"[0-3]\d[01]\d(?:19|20)\d\d|(?:19|20)\d\d[01]\d[0-3]\d")


def is_of_person(row: Sequence[bytes], column: int) -> bool:
    """Whether the other cells of a row are a name and a date of birth.

    >>> is_of_person([b"Jan", b"111222333", b"12-03-1980", b"Zeist"], 1)
    True
    >>> is_of_person([b"VRIES, J. de", b"M", b"12031980", b"111222333"], 3)
    True
    >>> is_of_person([b"Jan", b"111222333", b"Zeist"], 1), is_of_person([b"111222333", b"12-03-1980"], 0)
    (False, False)
    """
    others = [cell.decode(errors="replace") for place, cell in enumerate(row[:40]) if place != column]
    others = [cell for cell in others if 1 < len(cell) <= _LONGEST]
    return any(map(_is_name, others)) and any(map(_is_birth, others))


def _is_name(cell: str) -> bool:
    return _NAME.fullmatch(cell) is not None


def _is_birth(cell: str) -> bool:
    if _IN_ONE.fullmatch(cell):
        return any(map(_is_birth, (f"{cell[:2]}-{cell[2:4]}-{cell[4:]}", f"{cell[:4]}-{cell[4:6]}-{cell[6:]}")))
    day = as_date(cell)
    today = date.today()
    return day is not None and today.year - 120 <= day.year <= today.year - _OLD_ENOUGH
