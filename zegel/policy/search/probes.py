"""What is looked for in a text: each probe has a pattern that finds candidates, and says what becomes of them.

However many candidates a text holds, a probe spends bounded time on it: what comes after many thousands of them
decides nothing, or is weighed in bulk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Any, Protocol

import re2

from zegel.policy.detectors import Confidence, Detector, Finding, settle
from zegel.policy.detectors.base import AROUND, Judge
from zegel.policy.search.cell_judge import around, judge_in_cell
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.table_heads import Cell
from zegel.policy.search.tables import Tables
from zegel.policy.search.words import WordList, fold

ENOUGH = 20_000
"""Findings kept per text; the millionth decides nothing."""
LOOKED_AT = 2_000
"""Candidates of a detector that are looked at one by one, whatever the text; then those of the rest that pass."""
LOOKED_AT_MORE = 3_000
"""Candidates of the rest of a text that are looked at one by one."""
LOOKED_AT_LEAST = 50
"""Candidates that are looked at in each text, also when there are thousands of texts."""
_EDGES = "_ \n"


class Judgements:
    """What detectors said of the candidates of one mail: text and HTML of a mail mostly say the same.

    Lives as long as its scan, so that nothing of a mail stays in memory.
    """

    def __init__(self) -> None:
        self._of: dict[str, Judge] = {}

    def of(self, detector: Detector) -> Judge:
        """`detector.judge`, asked once for equal surroundings."""
        judge = self._of.get(detector.name)
        if judge is None:
            judge = self._of[detector.name] = cache(detector.judge)
        return judge


class Probe(Protocol):
    """Something to look for."""

    @property
    def label(self) -> str:
        """What a match calls it: "bsn", "words:medical", "pattern"."""

    @property
    def pattern(self) -> int:
        """Its number in the policy's `Patterns`."""

    @property
    def sign(self) -> bytes:
        """What each match holds once, for a quick count; b"" when there is no such thing."""

    def find(
        self,
        patterns: Patterns,
        data: bytes,
        texts: int = 1,
        tables: Tables | None = None,
        judgements: Judgements | None = None,
    ) -> list[Finding]:
        """All of them in one text, left to right; `texts` tells how many texts of the mail will be asked.

        `tables` are those of the text, `judgements` what was said of candidates in other texts of the mail.
        """


@dataclass(frozen=True)
class DetectorProbe:
    """Looks for what a detector recognises."""

    detector: Detector
    pattern: int

    @property
    def label(self) -> str:
        return self.detector.name

    @property
    def sign(self) -> bytes:
        return self.detector.sign

    def find(
        self,
        patterns: Patterns,
        data: bytes,
        texts: int = 1,
        tables: Tables | None = None,
        judgements: Judgements | None = None,
    ) -> list[Finding]:
        found: list[Finding] = []
        glance, tables = self.detector.glance, tables or Tables(data)
        judge = judgements.of(self.detector) if judgements else self.detector.judge
        at = looked = shapes = 0
        most = _share(LOOKED_AT if self.detector.bulk else self.detector.most, texts)
        while span := patterns.next_span(self.pattern, data, at):
            at = span[0] + 1
            seen = glance(data[span[0] : span[1]]) if glance is not None else Confidence.VALID
            if seen is None and self.detector.bulk is None:
                continue
            looked += 1
            if looked > most:
                if self.detector.bulk is None:
                    break
                return self._with_rest(judge, data, tables, found, shapes, span[0], _share(LOOKED_AT_MORE, texts))
            if seen is not Confidence.VALID:
                shapes += seen is not None
                continue
            finding = self._judged(judge, data, tables, *span)
            if finding is not None:
                found.append(finding)
                at = max(finding.end, at) if finding.confidence is not Confidence.SHAPE else at
        return settle(found, shapes)

    def cell(self, tables: Tables, start: int, candidate: str) -> Cell | None:
        """The cell of a table that a candidate stands in, when what the table calls it matters."""
        return tables.at(start + len(candidate) - len(candidate.lstrip(_EDGES))) if self.detector.columns else None

    def _judged(self, judge: Judge, data: bytes, tables: Tables, start: int, end: int) -> Finding | None:
        candidate = data[start:end].decode(errors="replace")
        cell = self.cell(tables, start, candidate)
        if cell is None:
            judged = judge(*around(data, start, candidate, end))
        else:
            judged = judge_in_cell(self.detector, cell, data, start, candidate, end, judge)[0]
        if judged is None:
            return None
        first = start + (judged.start if candidate.isascii() else len(candidate[: judged.start].encode()))
        if judged.size >= 0:
            end = first + len(candidate[judged.start : judged.start + judged.size].encode())
        return Finding(judged.value, first, end, judged.confidence)

    def _with_rest(
        self, judge: Judge, data: bytes, tables: Tables, found: list[Finding], shapes: int, at: int, most: int
    ) -> list[Finding]:
        """The findings with those from `at` on, `most` of which are looked at; `shapes` before that only look like one.

        Those near a label are looked at first. When most of the text passes, it is a list of such numbers, and
        what nobody has looked at any more is believed as the others were.
        """
        bulk = self.detector.bulk
        assert bulk is not None
        passing: list[tuple[int, int]] = []
        matches = bulk.pattern.finditer(data, at)
        while spans := [match.span() for match in islice(matches, ENOUGH)]:
            good = [spans[i] for i in bulk.passing([data[start:end] for start, end in spans])]
            passing += good
            shapes += len(spans) - len(good)
            if len(passing) >= max(ENOUGH, shapes):
                break  # a list of such numbers; more of them decide nothing
        starts = [start for start, _ in passing]
        chosen: set[int] = set()
        for hint in _hints(bulk.hints, data, at):
            chosen.update(range(bisect_left(starts, hint - AROUND), bisect_right(starts, hint + AROUND)))
            if len(chosen) > most:
                break
        is_list = sum(f.confidence is not Confidence.SHAPE for f in found) + len(passing) >= shapes
        if is_list:
            chosen.update(range(min(len(passing), most)))
        judged = {i: self._judged(judge, data, tables, *passing[i]) for i in sorted(chosen)}
        found = found + [f for f in judged.values() if f is not None]
        if is_list and sum(f is not None for f in judged.values()) * 2 >= len(judged):
            for i in range(most, min(len(passing), ENOUGH)):
                if i not in judged:
                    start, end = passing[i]
                    value = data[start:end].translate(None, b" .-\n").decode()
                    found.append(Finding(value, start, end, Confidence.VALID))
            found.sort(key=lambda f: f.start)
        return settle(found, shapes)


def _share(most: int, texts: int) -> int:
    """How many candidates one of so many texts may take: all of `most` when there are few texts."""
    return min(most, max(LOOKED_AT_LEAST, 4 * most // texts))


@lru_cache(maxsize=64)
def _hint(source: str) -> Any:
    return re2.compile(source.encode())


def _hints(source: str, data: bytes, at: int) -> list[int]:
    """Where labels may stand, from a little before `at` on; at most a few thousand."""
    places: list[int] = []
    for match in _hint(source).finditer(data, max(0, at - AROUND)):
        places.append(match.start())
        if len(places) == LOOKED_AT:
            break
    return places


@dataclass(frozen=True)
class WordsProbe:
    """Looks for the words of a list; two forms of one entry are one value."""

    words: WordList
    pattern: int

    @property
    def label(self) -> str:
        return f"words:{self.words.name}" if self.words.name else "words"

    @property
    def sign(self) -> bytes:
        return b""

    def find(
        self,
        patterns: Patterns,
        data: bytes,
        texts: int = 1,
        tables: Tables | None = None,
        judgements: Judgements | None = None,
    ) -> list[Finding]:
        found: list[Finding] = []
        entries: dict[bytes, str] = {}
        at = 0
        while len(found) < ENOUGH and (span := patterns.next_span(self.pattern, data, at)):
            start, end = span
            if data[start - 1 : start] == b"@":  # the name of a server
                at = end
                continue
            written = data[start:end]
            entry = entries.get(written)
            if entry is None:
                entry = entries[written] = self.words.entry_of(written.decode(errors="replace"))
            found.append(Finding(entry, start, end, Confidence.CONTEXT))
            at = end - 1 if data[end - 1 : end] == b"_" and end - 1 > start else end
        return found


@dataclass(frozen=True)
class PatternProbe:
    """Looks for a pattern of the DPO; values that differ in case or blanks only are one value."""

    source: str
    pattern: int

    @property
    def label(self) -> str:
        return "pattern"

    @property
    def sign(self) -> bytes:
        return b""

    def find(
        self,
        patterns: Patterns,
        data: bytes,
        texts: int = 1,
        tables: Tables | None = None,
        judgements: Judgements | None = None,
    ) -> list[Finding]:
        found = []
        for start, end in patterns.spans(self.pattern, data):
            found.append(Finding(fold(data[start:end].decode(errors="replace")), start, end, Confidence.CONTEXT))
            if len(found) == ENOUGH:
                break
        return found


def distinct(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The values, each once, in the order of their first place."""
    return tuple(dict.fromkeys(finding.value for finding in findings))
