"""What a detector is, and what it says about a candidate.

A detector has two halves. Its `shape` is an RE2 pattern that every number of the kind fits; the shapes of all
rules run over a mail in one pass. Its `judge` is a pure function that gets one candidate with the text around
it and says what it is. A detector knows nothing of rules, levels or mails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from zegel.policy.detectors.bulk import Bulk

AROUND = 240
"""Bytes of text before and after a candidate that a judge gets to see."""


class Confidence(IntEnum):
    """How sure a finding is; a condition asks for at least one of these."""

    SHAPE = 0
    """Looks like one, but its check digits are wrong. Never a finding; see `settle`."""
    VALID = 1
    """The check digits are right."""
    CONTEXT = 2
    """The check digits are right and the words around it say what it is, or chance is as good as excluded."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a candidate is."""

    value: str
    """The number as its register writes it, so that two spellings count as one."""
    confidence: Confidence
    start: int = 0
    """Where the value begins in the candidate, in characters."""
    size: int = -1
    """Characters of the candidate that the value takes; -1 for all that follow `start`."""


class Finding(NamedTuple):
    """A value in one text."""

    value: str
    start: int
    """First byte in the UTF-8 text."""
    end: int
    """Byte after the last."""
    confidence: Confidence


Judge = Callable[[str, str, str], Judged | None]
"""(text before, candidate, text after) -> what it is; None when it is nothing of the kind."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of value that can be recognised."""

    name: str
    shape: str
    """RE2 pattern. It has to be generous: what it does not match is never judged."""
    judge: Judge
    confidence: Confidence
    """What a condition asks for when it does not say."""
    bulk: Bulk | None = None
    """How to go through very many candidates; None when `most` of them are all that is looked at."""
    glance: Callable[[bytes], Confidence | None] | None = None
    """A first look at the candidate alone, much quicker than `judge`: None when it is nothing, SHAPE when its check
    digits are wrong; else it has to be judged."""
    columns: bool = True
    """Whether the head of a column says what stands below it, whatever the row says."""
    of_person: bool = False
    """Whether one in the row of a list is believed when the row has a name and a birth date too."""
    most: int = 14_000
    """Candidates per text that are looked at, when looking takes long."""
    apart: bool = False
    """Whether its shape is so large that it would slow the pass over all patterns; it is searched where asked for."""
    sign: bytes = b""
    """What stands in each candidate: without it nothing is searched for, and it is counted in place of a search."""
    evidence: str = ""
    """RE2 pattern without which, anywhere in a text, `judge` takes no candidate in it for more than a shape: a way to
    write the number that is believed by itself, or a word that labels it. Spares looking at the others."""


def settle(findings: Sequence[Finding], shapes: int = 0) -> list[Finding]:
    """Drop what only looks right by chance.

    One in eleven nine-digit numbers passes the check of a BSN, one in ten sixteen-digit numbers that of a card.
    So in a text that is full of such numbers (an order list, a stock list) those that pass prove nothing, unless
    words around them say what they are. A real list of BSNs passes nearly whole, and half when a column of other
    numbers stands beside it. Below half, numbers without context are dropped; a list of ten random numbers gets
    over that once in a thousand. `shapes` counts more that fail, which nobody made a finding of.

    >>> def numbers(*kinds): return [Finding(str(n), n, n + 1, Confidence(k)) for n, k in enumerate(kinds)]
    >>> [f.value for f in settle(numbers(1, 1, 1, 0))]
    ['0', '1', '2']
    >>> [f.value for f in settle(numbers(1, 0, 0, 0, 0, 0, 2))]
    ['6']
    """
    good = sum(f.confidence is not Confidence.SHAPE for f in findings)
    least = Confidence.VALID if good * 2 >= len(findings) + shapes else Confidence.CONTEXT
    return [f for f in findings if f.confidence >= least]


def label(words: str) -> re.Pattern[str]:
    """A pattern for any of `words` (alternatives of a regular expression) as the start of a whole word."""
    return re.compile(rf"(?<![^\W\d_])(?:{words})", re.IGNORECASE)


_FILLING = "nummer nummers nr nrs number numbers no num code codes id is was van of the het de"
_FILLERS = frozenset(_FILLING.split())
_CUT = re.compile(r"[\d;,!?]")
_WORD = re.compile(r"[a-z]+")
_CELL = re.compile(r"[;|]")
"""In the line above, these say that its last word is a cell of a table and no label."""


def label_words(words: str) -> re.Pattern[str]:
    """A pattern for a word that labels a number: one of `words`, compounds of the longer ones included.

    >>> labels = label_words("order lot")
    >>> [bool(labels.fullmatch(word)) for word in ("order", "ordernummer", "lot", "lotnr", "lotte")]
    [True, True, True, True, False]
    """
    listed = words.split()
    long = "|".join(word for word in listed if len(word) > 4)
    short = "|".join(word for word in listed if len(word) <= 4)
    return re.compile(rf"(?:{long or short})[a-z]*|(?:{short or long})(?:s|nrs?|nummers?|no|code|id)?")


def labelled(before: str, labels: re.Pattern[str]) -> bool:
    """Whether the last word of `before`, words like "number" and "is" not counted, is one of `labels`.

    >>> labels = label_words("order")
    >>> labelled("Your order number is: ", labels), labelled("Uw ordernummer: ", labels)
    (True, True)
    >>> labelled("in order to send ", labels), labelled("order 12, ", labels), labelled("12;order\\n", labels)
    (False, False, False)
    """
    above, line_end, line = before[-48:].lower().rpartition("\n")
    if line_end and not line.strip() and _CELL.search(above.rpartition("\n")[2]):
        return False
    words = _WORD.findall(_CUT.split(f"{above} {line}")[-1])
    while words and words[-1] in _FILLERS:
        words.pop()
    return bool(words) and labels.fullmatch(words[-1]) is not None
