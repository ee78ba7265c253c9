"""Codes that people agree on: how they are read, and when they are good enough. Pure.

What is typed is compared without capitals, blanks, punctuation and accents, for it was told by telephone. So what is
left is what counts, also for the eight signs that a code needs at least.

How good a guess is. `guesses` estimates how many tries an attacker needs who knows how people choose: zxcvbn (Wheeler,
USENIX Security 2016) with the names that this message shows anyway. Its words are English, so a word of another
language passes for random letters. That is why words count here as one of `WORDS` each, whatever zxcvbn says.
"""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from typing import Literal

from zegel.recipients.preferences import as_line

SHORTEST, LONGEST = 8, 64
"""Signs of a code or answer, as it is compared."""
LEAST_GUESSES = 10**8
"""An attacker has ten tries, so gets in with 10 / 10^8 at most."""
QUESTION_SHORTEST, QUESTION_LONGEST = 5, 150
WORDS = 30_000
"""Words that people use, in one language: a word is one of these."""
_KNOWN, _YEARS = 20, 200
_SUGGESTED_DIGITS, _SHORT_RUN = 10, 5
_MOST_TYPED = 200
_LONG_WORD = 4
"""Letters from which on a run of letters is taken for a word."""
_ONE_AT_A_TIME = threading.Lock()
"""zxcvbn keeps the names that it is given in a variable of its module: those of another sender, in another thread."""

CodeProblem = Literal["empty", "short", "long", "weak", "question", "question long", "told"]
"""With "question" there is too little of one; with "told" it contains its answer."""


def as_compared(typed: str) -> str:
    """What counts of what was typed; "" when nothing does. At most LONGEST + 1 signs.

    >>> as_compared(" Blauwe  Fiets-1974! "), as_compared("Gar\u00e7on"), as_compared("４８２-917")
    ('blauwefiets1974', 'garcon', '482917')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", typed[:_MOST_TYPED]).casefold())
    return "".join(_digit(sign) for sign in plain if unicodedata.category(sign)[0] in "LNS")[: LONGEST + 1]


def code_problem(typed: str, question: str, known: Iterable[str]) -> CodeProblem | None:
    """Why a code, or the answer to `question`, will not do; `known` are names and words that attackers know."""
    code, asked = as_compared(typed), as_line(question)
    if not code:
        return "empty"
    if len(code) < SHORTEST:
        return "short"
    if len(code) > LONGEST or len(typed) > _MOST_TYPED:
        return "long"
    if asked and len(asked) < QUESTION_SHORTEST:
        return "question"
    if len(asked) > QUESTION_LONGEST:
        return "question long"
    if asked and code in as_compared(asked):
        return "told"
    return "weak" if guesses(typed, [asked, *known]) < LEAST_GUESSES else None


def guesses(typed: str, known: Iterable[str] = ()) -> float:
    """How many tries somebody needs who tries likely codes first; the lower of two estimates."""
    pieces = _pieces(known)
    return min(_estimate(as_compared(typed), pieces), _by_words(typed, set(pieces)))


def suggestion() -> str:
    """A code that is easy to tell by telephone: ten digits in two groups, however they are typed then."""
    while True:
        digits = "".join(secrets.choice("0123456789") for _ in range(_SUGGESTED_DIGITS))
        made = f"{digits[:_SHORT_RUN]}-{digits[_SHORT_RUN:]}"
        if min(guesses(made), guesses(digits)) >= LEAST_GUESSES:
            return made


def _estimate(code: str, known: list[str]) -> float:
    return _rated(code, known)[0]


def _rated(code: str, known: list[str]) -> tuple[float, set[str]]:
    """zxcvbn's guesses, and the kinds of patterns that it found: "date", "sequence", "dictionary", …"""
    if not code:
        return 1.0, set()
    from zxcvbn import zxcvbn  # here: its lists of words take 13 MB, and only who sets a code needs them

    with _ONE_AT_A_TIME:
        rated = zxcvbn(code, user_inputs=known)
    return float(rated["guesses"]), {match["pattern"] for match in rated["sequence"]}


def _by_digits(run: str) -> float:
    """What a run of digits is worth. zxcvbn takes most runs of five for a date, such as 1-9-923."""
    if re.fullmatch(r"(19|20)\d\d", run):
        return _YEARS
    rated, patterns = _rated(run, [])
    chance = len(run) <= _SHORT_RUN and patterns <= {"date", "regex", "bruteforce"}
    return 10.0 ** len(run) if chance else min(10.0 ** len(run), rated)


def _by_words(typed: str, known: set[str]) -> float:
    """What a code is worth when each run of letters is a word, and a year is a year."""
    plain = unicodedata.normalize("NFKC", typed[:_MOST_TYPED]).casefold()
    worth = 1.0
    seen: set[str] = set()
    for run in re.findall(r"[^\W\d_]+|\d+|[^\w\s]", plain):
        if run in seen:
            continue  # said twice, it is as easy to guess as once
        seen.add(run)
        if as_compared(run) in known:
            worth *= _KNOWN
        elif run.isdecimal():
            worth *= _by_digits(run)
        elif run.isalpha():
            worth *= min(WORDS, _estimate(run, [])) if len(run) >= _LONG_WORD else 26.0 ** len(run)
    return worth


def _pieces(known: Iterable[str]) -> list[str]:
    """The words of what attackers know, each as it is compared, and each whole."""
    found: dict[str, None] = {}
    for text in known:
        for piece in (text, *re.split(r"[\W_]+", text[:_MOST_TYPED])):
            if len(plain := as_compared(piece)) > 1:
                found[plain] = None
    return list(found)


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
