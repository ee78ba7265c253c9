"""What a candidate in the cell of a table is, and which of its surroundings said so."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from zegel.policy.detectors import Confidence, Detector, Judged
from zegel.policy.detectors.base import AROUND, Judge
from zegel.policy.search.person_row import is_of_person
from zegel.policy.search.table_heads import Cell
from zegel.policy.search.table_rows import TO_BLANKS

_LONGEST_LABEL = 60
"""Bytes in a cell in front of a candidate, beyond which they say what it is, and not the head of the column."""


class Said(StrEnum):
    """What decided."""

    INSIDE = "inside"
    """The words in the cell."""
    HEAD = "head"
    BESIDE = "beside"
    """The cell to the left."""
    ABOVE = "above"
    ROW = "row"
    """A name and a birth date in the row."""
    TEXT = "text"
    """The text around, whatever the cells: the table has no head."""


def judge_in_cell(
    detector: Detector, cell: Cell, data: bytes, start: int, candidate: str, end: int, judge: Judge | None = None
) -> tuple[Judged | None, Said, str]:
    """What a candidate in a cell is: its head says so, what the cell says of it, or what is beside or above it.

    What its head calls something else is something else, whatever the table says elsewhere. Told as well: what
    decided, and the words of that cell. `judge` is asked in place of the detector's own.
    """
    judge, inside = judge or detector.judge, blanked(cell.before[-AROUND:])
    after = blanked(data[end : min(end + AROUND, cell.end)]) if end < cell.end else ""
    bare = judge(inside, candidate, after)
    if bare is not None and bare.confidence is Confidence.CONTEXT:
        return bare, Said.INSIDE, ""
    if len(inside) <= _LONGEST_LABEL:
        for where, names in ((Said.HEAD, cell.heads), (Said.BESIDE, cell.beside)):
            called = [name.decode(errors="replace") for name in names]
            said = [judge(f"{name}: {inside}", candidate, after) for name in called]
            for name, judged in zip(called, said, strict=True):
                if judged is not None and judged.confidence is Confidence.CONTEXT:
                    return judged, where, name
            if bare is not None and None in said:
                return None, where, called[said.index(None)]
        for name_above in (*cell.above, *cell.older):
            name = name_above.decode(errors="replace")
            judged = judge(f"{name}: {inside}", candidate, after)
            if judged is not None and judged.confidence is Confidence.CONTEXT:
                return judged, Said.ABOVE, name
    where = Said.INSIDE
    if not cell.heads:
        bare, where = judge(*around(data, start, candidate, end)), Said.TEXT
    is_likely = bare is not None and bare.confidence is Confidence.VALID and detector.of_person
    if bare is not None and is_likely and is_of_person(cell.row, cell.column):
        return replace(bare, confidence=Confidence.CONTEXT), Said.ROW, ""
    return bare, where, ""


def around(data: bytes, start: int, candidate: str, end: int) -> tuple[str, str, str]:
    """What a detector judges: the text before a candidate, the candidate, the text after it."""
    return blanked(data[max(0, start - AROUND) : start]), candidate, blanked(data[end : end + AROUND])


def blanked(data: bytes) -> str:
    """A piece of a text, with the cells of a table two blanks apart and its rows on lines."""
    if b"\x1f" in data:
        data = data.replace(b"\x1e", b"\n").replace(b"\x1f", b"  ").translate(TO_BLANKS)
    return data.decode(errors="ignore")
