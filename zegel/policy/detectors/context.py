"""Whether the words around a number say what it is."""

from __future__ import annotations

import re

_GAP = re.compile(
    r"(?:[^\d!?.\n]|\.(?!\s+[A-Z])|(?<=\b[A-Z])\.|(?<=\b[DdMm][rw])\.|(?<=\b(?:[Dd]hr|Mrs|Mme))\.|(?<=\b[Mm]evr)\."
    r"|\n(?!\n))*"
)
"""What may stand between a label and its number: no other number, no end of a sentence (a title or initial is none)."""
_CELLS = re.compile(r"\S(?: {2,}| ?[;|] ?|,)\S")
_REACH = 60
_REACH_AFTER = 24
_REACH_COLUMN = 16


def called(before: str, after: str, labels: re.Pattern[str]) -> bool:
    """Whether the number between `before` and `after` is called one of `labels`.

    It is when the label stands in front of it in the same sentence with no other number in between, when it
    follows at once, or when it is the head of a column of a table.

    >>> kvk = re.compile("kvk", re.IGNORECASE)
    >>> called("Ingeschreven bij de KvK onder nummer ", ".", kvk), called("", " (KvK)", kvk)
    (True, True)
    >>> called("KvK van dhr. J. Smit is ", ".", kvk)
    True
    >>> called("KvK 12345678, klant ", "", kvk), called("Wij zijn bij de KvK. Bel ons op ", "", kvk)
    (False, False)
    >>> called("Naam; KvK; Plaats\\nJansen; ", "; Utrecht", kvk)
    True
    """
    window = re.sub(r" {2,}", " ", before)[-_REACH:]
    end = max((found.end() for found in labels.finditer(window)), default=None)
    if end is not None and _GAP.fullmatch(window, end):
        return True
    follows = labels.search(after[:_REACH_AFTER])
    if follows and _GAP.fullmatch(after, 0, follows.start()) and "\n" not in after[: follows.start()]:
        return True
    return under_heading(before, labels)


def under_heading(before: str, labels: re.Pattern[str]) -> bool:
    """Whether the line above is the head of a table with a column for it."""
    lines = [line for line in before.rsplit("\n", 4) if line.strip()]
    return len(lines) > 1 and bool(_CELLS.search(lines[-2])) and labels.search(lines[-2]) is not None


def alone(before: str, after: str) -> bool:
    """Whether the number stands on its own: not part of a longer one, of an address of a page, or of a name.

    >>> alone("nr. ", ", en"), alone("12.", ""), alone("", "-5"), alone("https://a.example/", "")
    (True, False, False, False)
    """
    if before[-1:] in ("/", "=", "&", "#", "@", "_", "\\"):
        return False
    if before[-1:] in (".", "-", ",", ":") and before[-2:-1].isalnum():
        return before[-1:] == ":"
    return not re.match(r"[.,/:-]\w|[@&=%_]", after)
