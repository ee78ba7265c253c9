"""One mail against all patterns of the policy: what was found, and where, each thing looked for once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zegel.policy.detectors import Confidence, Detector, Finding, settle
from zegel.policy.detectors.base import AROUND
from zegel.policy.patterns import Patterns
from zegel.policy.words import WordList, fold

if TYPE_CHECKING:
    from zegel.message.found import File, Text, Unreadable

ENOUGH = 100_000
"""Words or pattern hits kept per text; the millionth hit of a pattern decides nothing."""


class Probe(Protocol):
    """Something to look for: a pattern that finds candidates, and what becomes of them."""

    @property
    def label(self) -> str:
        """What a match calls it: "bsn", "words:medical", "pattern"."""

    @property
    def pattern(self) -> int:
        """Its number in the policy's `Patterns`."""

    def find(self, patterns: Patterns, data: bytes) -> list[Finding]:
        """All of them in one text, left to right."""


@dataclass(frozen=True)
class DetectorProbe:
    """Looks for what a detector recognises."""

    detector: Detector
    pattern: int

    @property
    def label(self) -> str:
        return self.detector.name

    def find(self, patterns: Patterns, data: bytes) -> list[Finding]:
        return settle(list(self._judged(patterns, data)))

    def _judged(self, patterns: Patterns, data: bytes) -> Iterator[Finding]:
        at = 0
        while span := patterns.next_span(self.pattern, data, at):
            start, end = span
            at = start + 1
            candidate = data[start:end].decode(errors="replace")
            before = data[max(0, start - AROUND) : start].decode(errors="ignore")
            judged = self.detector.judge(before, candidate, data[end : end + AROUND].decode(errors="ignore"))
            if judged is None:
                continue
            first = start + len(candidate[: judged.start].encode())
            if judged.size >= 0:
                end = first + len(candidate[judged.start : judged.start + judged.size].encode())
            if judged.confidence is not Confidence.SHAPE:
                at = max(end, at)
            yield Finding(judged.value, first, end, judged.confidence)


@dataclass(frozen=True)
class WordsProbe:
    """Looks for the words of a list; two forms of one entry are one value."""

    words: WordList
    pattern: int

    @property
    def label(self) -> str:
        return f"words:{self.words.name}" if self.words.name else "words"

    def find(self, patterns: Patterns, data: bytes) -> list[Finding]:
        found: list[Finding] = []
        at = 0
        while len(found) < ENOUGH and (span := patterns.next_span(self.pattern, data, at)):
            start, end = span
            entry = self.words.entry_of(data[start:end].decode(errors="replace"))
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

    def find(self, patterns: Patterns, data: bytes) -> list[Finding]:
        found = []
        for start, end in patterns.spans(self.pattern, data):
            found.append(Finding(fold(data[start:end].decode(errors="replace")), start, end, Confidence.CONTEXT))
            if len(found) == ENOUGH:
                break
        return found


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
        self.data = [text.content.encode("utf-8", "replace") for text in texts]
        self._patterns = patterns
        self._occurring = patterns.occurring(self.data)
        self._found: dict[tuple[int, str, int, Confidence], list[Finding]] = {}

    def candidates(self, pattern: int) -> list[int]:
        """The indexes of the texts that `pattern` may occur in."""
        return self._occurring.get(pattern, [])

    def findings(self, probe: Probe, text: int, least: Confidence = Confidence.SHAPE) -> list[Finding]:
        """What `probe` finds in the text with index `text`, at least as sure as `least`, left to right."""
        key = (probe.pattern, probe.label, text, least)
        found = self._found.get(key)
        if found is None:
            if least is Confidence.SHAPE:
                found = probe.find(self._patterns, self.data[text])
            else:
                found = [f for f in self.findings(probe, text) if f.confidence >= least]
            self._found[key] = found
        return found
