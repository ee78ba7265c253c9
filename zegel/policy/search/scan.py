"""One mail against all patterns of the policy: what was found, and where, each thing looked for once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from zegel.policy.detectors import Confidence, Finding
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.probes import Judgements, Probe, distinct
from zegel.policy.search.tables import Tables

if TYPE_CHECKING:
    from zegel.message.base.found import File, Text, Unreadable


class Scan:
    """What one mail holds. Lives as long as one judgement, in one thread."""

    def __init__(
        self,
        patterns: Patterns,
        texts: Sequence[Text],
        files: Sequence[File] = (),
        unreadable: Sequence[Unreadable] = (),
    ) -> None:
        self.texts, self.files, self.unreadable = texts, files, unreadable
        self.data = [text.data for text in texts]
        self.patterns = patterns
        self._occurring = patterns.occurring(self.data)
        self._found: dict[tuple[int, str, int, Confidence], list[Finding]] = {}
        self._counts: dict[int, int] = {}
        self._counted_to: dict[int, int] = {}
        self._tables: dict[int, Tables] = {}
        self._judgements = Judgements()
        self._values: dict[tuple[int, str, int, Confidence], tuple[str, ...]] = {}
        self.possible: dict[int, bool] = {}
        """Per condition, by its id, whether it can be met at all."""

    def tables(self, text: int) -> Tables:
        """The tables in the text with index `text`."""
        found = self._tables.get(text)
        if found is None:
            found = self._tables[text] = Tables(self.data[text])
        return found

    def place(self, text: int, start: int) -> str:
        """Where the byte `start` of the text with index `text` is, as somebody would say it; "" when unknown."""
        cell = self.tables(text).at(start)
        return ", ".join(place for place in (self.texts[text].place, cell.place if cell else "") if place)

    def candidates(self, pattern: int) -> list[int]:
        """The indexes of the texts that `pattern` may occur in."""
        return self._occurring.get(pattern, [])

    def occurs(self, pattern: int, times: int) -> bool:
        """Whether `pattern` may occur so many times in the mail: a count of candidates, none of which is looked at."""
        if times == 1:
            return pattern in self._occurring
        known = self._counts.get(pattern)
        if known is None or (known < times and known == self._counted_to.get(pattern, 0)):
            known = self._counts[pattern] = self._count(pattern, times)
            self._counted_to[pattern] = times
        return known >= times

    def _count(self, pattern: int, most: int) -> int:
        """How many candidates there are, as far as `most`."""
        count = 0
        for index in self.candidates(pattern):
            at = 0
            while span := self.patterns.next_span(pattern, self.data[index], at):
                count, at = count + 1, span[0] + 1
                if count == most:
                    return count
        return count

    def holds(self, sign: bytes, texts: Iterable[int], times: int) -> bool:
        """Whether `sign` stands so many times in these texts; `count` looks at every byte, ten times as long."""
        for index in texts:
            data = self.data[index]
            at = data.find(sign)
            while at >= 0:
                times -= 1
                if times <= 0:
                    return True
                at = data.find(sign, at + len(sign))
        return False

    def may_hold(self, pattern: int, text: int) -> bool:
        """Whether `pattern` may occur in the text with index `text`."""
        candidates = self.candidates(pattern)
        at = bisect_left(candidates, text)
        return at < len(candidates) and candidates[at] == text

    def occurring(self) -> Iterable[int]:
        """The patterns that may occur in any text."""
        return self._occurring

    def findings(self, probe: Probe, text: int, least: Confidence = Confidence.SHAPE) -> list[Finding]:
        """What `probe` finds in the text with index `text`, at least as sure as `least`, left to right."""
        key = (probe.pattern, probe.label, text, least)
        found = self._found.get(key)
        if found is None:
            if least is Confidence.SHAPE:
                texts = len(self.candidates(probe.pattern))
                tables = self.tables(text)
                found = probe.find(self.patterns, self.data[text], max(1, texts), tables, self._judgements)
            else:
                found = [f for f in self.findings(probe, text) if f.confidence >= least]
            self._found[key] = found
        return found

    def values(self, probe: Probe, text: int, least: Confidence) -> tuple[str, ...]:
        """The distinct values among these findings."""
        key = (probe.pattern, probe.label, text, least)
        values = self._values.get(key)
        if values is None:
            values = self._values[key] = distinct(self.findings(probe, text, least))
        return values

    def span_in(self, probe: Probe, text: int, start: int, end: int) -> list[tuple[int, int]]:
        """Where the pattern of `probe` occurs between two places of the text; for words and patterns."""
        piece = self.data[text][start:end]
        return [(start + s, start + e) for s, e in self.patterns.spans(probe.pattern, piece)]
