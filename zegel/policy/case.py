"""One mail, the question that a condition asks about it, and what the answer holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from zegel.policy.search.scan import Scan
from zegel.policy.search.words import fold


class Hit(NamedTuple):
    """What a condition found in one place."""

    detector: str
    where: str
    part: str
    values: tuple[str, ...]
    """Distinct, in order."""
    secret: bool = True
    """Whether the values come from the mail and have to be masked."""
    place: Callable[[], str] = str
    """Says where in the part the first value is: "page 3, table 2, row 14, column BSN"; "" when that is not known."""


class Result(NamedTuple):
    """Whether a condition is met, and what it found."""

    met: bool
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One mail and the question asked about it."""

    scan: Scan
    sender: str = ""
    recipients: tuple[str, ...] = ()
    """All outside ones."""
    recipient: str = ""
    """The one that a rule about recipients is asked about; "" when nobody in particular."""
    headers: tuple[tuple[str, str], ...] = ()
    """Name in small letters and decoded value of each header field."""
    size: int = 0
    """Bytes of the whole mail."""
    without: frozenset[str] = frozenset()
    """Values that the rule lets pass, by `plain`."""
    only_met: bool = False
    """Nothing is asked that cannot be met anyhow: a condition that is not met then need not say what it found."""
    answers: int = 0
    """The level of the protected conversation that the mail goes on with; 0 when there is none."""


def plain(value: str) -> str:
    """A value without the signs between its letters and digits, to compare what people write differently.

    >>> plain("NL91 ABNA 0417.1643-00") == plain("nl91abna0417164300")
    True
    """
    return re.sub(r"[\W_]+", "", fold(value))


class Condition(Protocol):
    """What every condition can do."""

    def evaluate(self, case: Case) -> Result:
        """Whether the mail meets it, and with what."""
