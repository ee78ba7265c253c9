"""Why a number in a mail was believed or not, for whoever wonders: asked only when somebody wants an explanation.

A detector says what a candidate is, not why. So it is asked again about less and less of the text around: the nearest
word without which it would say something else is the one that decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from zegel.policy import conditions as c
from zegel.policy.case import Case, Condition
from zegel.policy.detectors import Confidence, Judged
from zegel.policy.near import Near, Nearby
from zegel.policy.rules import Rules
from zegel.policy.search.cell_judge import Said, around, judge_in_cell
from zegel.policy.search.probes import DetectorProbe, Probe
from zegel.policy.search.scan import Scan
from zegel.policy.verdict import masked

_NO_NUMBERS = frozenset({"person", "email-address", "phone", "home-address", "date-of-birth", "clinical", "complaint"})
_LISTED = 12
"""Of one detector, in one mail."""
_LOOKED_AT = 400
"""Candidates of one detector in one text."""
_LONGEST_WORD = 40
_SIGNS = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"[^\W\d_]+(?:[-'.][^\W\d_]+)*\.?|[^\w\s]")


class Why(StrEnum):
    """What decided."""

    FORM = "form"
    BEFORE = "before"
    AFTER = "after"
    HEAD = "head"
    BESIDE = "beside"
    ABOVE = "above"
    ROW = "row"
    UNNAMED = "unnamed"
    """Right check digits, and nothing around that says what it is."""
    DIGITS = "digits"
    """Wrong check digits."""
    OTHER_BEFORE = "other-before"
    """What stands before it makes it something else; so do the next three."""
    OTHER_AFTER = "other-after"
    OTHER_HEAD = "other-head"
    OTHER_BESIDE = "other-beside"
    CROWD = "crowd"
    """Most numbers of that form in the text are wrong, so that a right one is chance."""


BELIEVED = frozenset({Why.FORM, Why.BEFORE, Why.AFTER, Why.HEAD, Why.BESIDE, Why.ABOVE, Why.ROW})
_BY_CELL = {Said.HEAD: Why.HEAD, Said.BESIDE: Why.BESIDE, Said.ABOVE: Why.ABOVE, Said.ROW: Why.ROW}
_NOT_BY_CELL = {Said.HEAD: Why.OTHER_HEAD, Said.BESIDE: Why.OTHER_BESIDE}


@dataclass(frozen=True, slots=True)
class Reason:
    """A number, and why it was believed or not. The word is the writer's: it belongs in no log."""

    detector: str
    where: str
    part: str
    place: str
    sample: str
    """Masked."""
    why: Why
    word: str = ""
    """What said so; "" when that cannot be shown in a word."""
    signs: int = 0
    """Between that word and the number."""

    @property
    def believed(self) -> bool:
        return self.why in BELIEVED


def reasons(rules: Rules, case: Case) -> tuple[Reason, ...]:
    """For the numbers in `case` that the rules look for, in the order of the rules and of the mail."""
    probes = dict.fromkeys(p for rule in rules.rules for p in _probes(rule.condition) if isinstance(p, DetectorProbe))
    found: list[Reason] = []
    for probe in probes:
        if probe.detector.name not in _NO_NUMBERS:
            found += list(dict.fromkeys(_of_detector(probe, case.scan)))[:_LISTED]
    return tuple(found)


def _probes(condition: Condition) -> Iterator[Probe]:
    if isinstance(condition, c.AllOf | c.AnyOf | c.SomeOf):
        for part in condition.parts:
            yield from _probes(part)
    elif isinstance(condition, c.Not):
        yield from _probes(condition.part)
    elif isinstance(condition, c.InText):
        yield condition.probe
        if condition.near is not None:
            yield from _probes_near(condition.near)


def _probes_near(near: Nearby) -> Iterator[Probe]:
    if isinstance(near, Near):
        yield near.probe
    else:
        for part in near.parts:
            yield from _probes_near(part)


def _of_detector(probe: DetectorProbe, scan: Scan) -> Iterator[Reason]:
    for text in scan.candidates(probe.pattern):
        settled = {finding.start for finding in scan.findings(probe, text)}
        at = looked = 0
        while (span := scan.patterns.next_span(probe.pattern, scan.data[text], at)) and looked < _LOOKED_AT:
            at, looked = span[0] + 1, looked + 1
            decided = _decided(probe, scan, text, *span)
            if decided is None:
                continue
            judged, why, word, signs = decided
            if why is Why.UNNAMED and probe.detector.confidence <= Confidence.VALID:
                why = Why.FORM
            start = span[0] + (judged.start if judged else 0)
            if judged is not None and why is not Why.DIGITS:
                at = span[1]
                if start not in settled:
                    why, word, signs = Why.CROWD, "", 0
            written = scan.data[text][start : span[1]].decode(errors="replace")
            sample = masked(judged.value if judged else written.strip(" \n_"))
            found = scan.texts[text]
            yield Reason(probe.label, found.where, found.part, scan.place(text, start), sample, why, word, signs)


def _decided(
    probe: DetectorProbe, scan: Scan, text: int, start: int, end: int
) -> tuple[Judged | None, Why, str, int] | None:
    """What a candidate is and what decided; None when it is nothing that anybody would wonder about."""
    data = scan.data[text]
    candidate = data[start:end].decode(errors="replace")
    cell = probe.cell(scan.tables(text), start, candidate)
    before, _, after = around(data, start, candidate, end)
    if cell is not None:
        judged, said, name = judge_in_cell(probe.detector, cell, data, start, candidate, end)
        right = judged is not None and judged.confidence is Confidence.CONTEXT
        if right and said in _BY_CELL:
            return judged, _BY_CELL[said], _shown(name), 0
        if judged is None and said in _NOT_BY_CELL:
            return None, _NOT_BY_CELL[said], _shown(name), 0
        if said is Said.INSIDE:
            before, after = around(cell.before, len(cell.before), "", 0)[0], after[: max(0, cell.end - end)]
    return _by_text(probe.detector.judge, before, candidate, after)


def _by_text(
    judge: Callable[[str, str, str], Judged | None], before: str, candidate: str, after: str
) -> tuple[Judged | None, Why, str, int] | None:
    bare, judged = judge("", candidate, ""), judge(before, candidate, after)

    def is_context(one: Judged | None) -> bool:
        return one is not None and one.confidence is Confidence.CONTEXT

    if judged is None:
        if bare is None or bare.confidence is Confidence.SHAPE:
            return None
        if judge(before, candidate, "") is None:
            return None, Why.OTHER_BEFORE, *_nearest(before, lambda text: judge(text, candidate, "") is None)
        return None, Why.OTHER_AFTER, *_next(after, lambda text: judge("", candidate, text) is None)
    if judged.confidence is Confidence.SHAPE:
        return judged, Why.DIGITS, "", 0
    if not is_context(judged):
        return judged, Why.UNNAMED, "", 0
    if is_context(bare):
        return judged, Why.FORM, "", 0
    if is_context(judge(before, candidate, "")):
        return judged, Why.BEFORE, *_nearest(before, lambda text: is_context(judge(text, candidate, "")))
    if is_context(judge("", candidate, after)):
        return judged, Why.AFTER, *_next(after, lambda text: is_context(judge("", candidate, text)))
    return judged, Why.BEFORE, *_nearest(before, lambda text: is_context(judge(text, candidate, after)))


def _nearest(before: str, decides: Callable[[str], bool]) -> tuple[str, int]:
    """The word with which the shortest end of `before` that decides begins, and the signs behind it."""
    for found in reversed(list(_SIGNS.finditer(before))):
        if decides(before[found.start() :]):
            whole = _whole(before, found.start(), found.end())
            return _shown(whole[0]), max(0, len(before) - whole[1])
    return "", 0


def _next(after: str, decides: Callable[[str], bool]) -> tuple[str, int]:
    """The word with which the shortest begin of `after` that decides ends, and the signs in front of it."""
    for found in _SIGNS.finditer(after):
        if decides(after[: found.end()]):
            return _shown(found[0]), found.start()
    return "", 0


def _whole(text: str, start: int, end: int) -> tuple[str, int]:
    """The word of which a piece was found, with the hyphens in it, and where it ends."""
    while start and (text[start - 1].isalpha() or text[start - 1] == "-"):
        start -= 1
    while end < len(text) and (text[end].isalpha() or (text[end] == "-" and text[end + 1 : end + 2].isalpha())):
        end += 1
    return text[start:end].strip("-"), end


def _shown(words: str) -> str:
    """Words as they may be shown: no digits, which could be a value, and not many."""
    words = " ".join(words.split())[:_LONGEST_WORD]
    return words if all(_WORD.fullmatch(word) for word in words.split(" ")) else ""


def in_words(found: Iterable[Reason]) -> Iterator[str]:
    """A sentence each, in English."""
    for one in found:
        where = f"{one.where} {one.part}".rstrip() + (f", {one.place}" if one.place else "")
        yield f"{one.detector} {one.sample}, in {where}: {_sentence(one)}"


def _sentence(one: Reason) -> str:
    word = f"“{one.word}”" if one.word else "what stands there"
    away = f", {one.signs} sign{'s' * (one.signs != 1)} away," if one.signs else ""
    near = f"“{one.word}”" if one.word else "what stands"
    return {
        Why.FORM: "believed, because its form is enough",
        Why.BEFORE: f"believed, because {near} in front of it{away} says what it is",
        Why.AFTER: f"believed, because {near} behind it{away} says what it is",
        Why.HEAD: f"believed, because the head of its column is {word}",
        Why.BESIDE: f"believed, because the cell to the left says {word}",
        Why.ABOVE: f"believed, because the cell above says {word}",
        Why.ROW: "believed, because its row has a name and a birth date too",
        Why.UNNAMED: "its form is right, but no word nearby says what it is; only a rule that asks no word takes it",
        Why.DIGITS: "not believed, because its check digits are wrong",
        Why.OTHER_BEFORE: f"not believed, because {near} in front of it{away} makes it something else",
        Why.OTHER_AFTER: f"not believed, because {near} behind it{away} makes it something else",
        Why.OTHER_HEAD: f"not believed, because the head of its column is {word}",
        Why.OTHER_BESIDE: f"not believed, because the cell to the left says {word}",
        Why.CROWD: "not believed, because most numbers of this form in the text have wrong check digits",
    }[one.why]
