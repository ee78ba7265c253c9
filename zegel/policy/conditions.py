"""The conditions of rules: frozen, compiled, each able to say of a mail whether it is met and by what.

A condition that is not met still returns what it found until then, so that a rule that nearly fired can be explained.
Equal conditions compare equal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from zegel.mail.addresses import Addresses
from zegel.policy.case import Case, Condition, Hit, Result, plain
from zegel.policy.detectors import Confidence, Finding
from zegel.policy.search.probes import DetectorProbe, Probe
from zegel.policy.search.scan import Scan
from zegel.policy.search.words import fold

PLACES = ("subject", "headers", "body", "attachments", "filenames")
"""Where a condition can look; all of them when it does not say."""
SEARCHED_AROUND = 64
"""Up to so many findings only the text around each is searched for what has to be near, else the whole text."""
EDGE = 128
"""Bytes more than that, so that no word that counts is cut."""
COUNTED_NEAR = 2_000
"""Distinct values with something near that are counted in one text."""


@dataclass(frozen=True, slots=True)
class Near:
    """Something that has to stand close by."""

    probe: Probe
    within: int
    """Characters between the two at most."""
    confidence: Confidence = Confidence.SHAPE

    def holding(self, scan: Scan, text: int, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Those of `findings` that have it near, and where it is something else than the finding itself."""
        local = len(findings) <= SEARCHED_AROUND and not isinstance(self.probe, DetectorProbe)
        others = [] if local else [f[1:3] for f in scan.findings(self.probe, text, self.confidence)]
        data = scan.data[text]
        for finding in findings:
            one = (finding.start, finding.end)
            if local:
                reach = 4 * self.within + EDGE
                near = scan.span_in(self.probe, text, max(0, one[0] - reach), one[1] + reach)
            else:
                place = bisect_left(others, one)
                near = others[max(0, place - 2) : place + 2]
            if any(other != one and self._close(data, one, other) for other in near):
                yield finding

    def _close(self, data: bytes, one: tuple[int, int], other: tuple[int, int]) -> bool:
        first, second = (one, other) if one <= other else (other, one)
        gap = second[0] - first[1]
        if gap <= self.within:
            return True
        return gap <= 4 * self.within and len(data[first[1] : second[0]].decode(errors="replace")) <= self.within

    def __str__(self) -> str:
        return f"{self.probe.label} within {self.within} signs"


@dataclass(frozen=True, slots=True)
class NearSeveral:
    """Several things, all of which or one of which have to stand close by."""

    parts: tuple[Nearby, ...]
    every: bool

    def holding(self, scan: Scan, text: int, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Those of `findings` that have them near."""
        left = list(findings)
        if not self.every:
            held = {found[1:3] for part in self.parts for found in part.holding(scan, text, left)}
            yield from (found for found in left if found[1:3] in held)
            return
        for part in self.parts:
            left = list(part.holding(scan, text, left))
        yield from left

    def __str__(self) -> str:
        return (" and " if self.every else " or ").join(map(str, self.parts))


Nearby = Near | NearSeveral


@dataclass(frozen=True, slots=True)
class InText:
    """A detector, words or a pattern, found often enough in the places asked for."""

    probe: Probe
    places: frozenset[str]
    confidence: Confidence = Confidence.SHAPE
    at_least: int = 1
    """Distinct values."""
    per_part: bool = False
    """Whether they have to be in one and the same part."""
    near: Nearby | None = None

    def evaluate(self, case: Case) -> Result:
        scan, hits = case.scan, []
        for index in scan.candidates(self.probe.pattern):
            text = scan.texts[index]
            if text.where not in self.places:
                continue
            values = self._values(scan, index)
            if case.without:
                values = tuple(value for value in values if plain(value) not in case.without)
            if values:
                found = scan.findings(self.probe, index, self.confidence)
                first = next((finding.start for finding in found if finding.value == values[0]), 0)
                place = partial(scan.place, index, first)
                hits.append(Hit(self.probe.label, text.where, text.part, values, place=place))
        return Result(self._often_enough(hits), tuple(hits))

    def _values(self, scan: Scan, text: int) -> tuple[str, ...]:
        if self.near is None:
            return scan.values(self.probe, text, self.confidence)
        values: dict[str, None] = {}
        for finding in self.near.holding(scan, text, scan.findings(self.probe, text, self.confidence)):
            values[finding.value] = None
            if len(values) > max(COUNTED_NEAR, self.at_least):
                break
        return tuple(values)

    def _often_enough(self, hits: Sequence[Hit]) -> bool:
        if self.at_least == 1:
            return bool(hits)
        values: dict[tuple[str, str] | None, set[str]] = {}
        for hit in hits:
            values.setdefault((hit.where, hit.part) if self.per_part else None, set()).update(hit.values)
        return any(len(found) >= self.at_least for found in values.values())


def _fits_any(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


@dataclass(frozen=True, slots=True)
class FileName:
    """The name of an attachment, or of a file inside one."""

    globs: tuple[str, ...]
    """Folded."""
    at_least: int = 1

    def evaluate(self, case: Case) -> Result:
        hits = []
        for file in case.scan.files:
            name = fold(file.name)
            if name and (_fits_any(name, self.globs) or _fits_any(name.rpartition("/")[2], self.globs)):
                hits.append(Hit("filename", "filenames", file.part, (name,)))
        return Result(len(hits) >= self.at_least, tuple(hits))


@dataclass(frozen=True, slots=True)
class FileType:
    """The type of an attachment by its content, or of a file inside one."""

    globs: tuple[str, ...]
    at_least: int = 1

    def evaluate(self, case: Case) -> Result:
        files = [file for file in case.scan.files if _fits_any(file.type.lower(), self.globs)]
        hits = tuple(Hit("filetype", "attachments", file.part, (file.type,), secret=False) for file in files)
        return Result(len(hits) >= self.at_least, hits)


@dataclass(frozen=True, slots=True)
class CannotBeRead:
    """Something in the mail that Zegel could not look into."""

    kinds: frozenset[str]

    def evaluate(self, case: Case) -> Result:
        hits = tuple(
            Hit("unreadable", "attachments", item.part, (item.kind,), secret=False)
            for item in case.scan.unreadable
            if item.kind in self.kinds
        )
        return Result(bool(hits), hits)


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A header field by name, and by value when one is asked for."""

    name: str
    """In small letters."""
    globs: tuple[str, ...] = ("*",)
    """Folded."""

    def evaluate(self, case: Case) -> Result:
        hits = tuple(
            Hit("header", "headers", "", (f"{name}: {value}",))
            for name, value in case.headers
            if name == self.name and _fits_any(fold(value), self.globs)
        )
        return Result(bool(hits), hits)


@dataclass(frozen=True, slots=True)
class FileProperty:
    """What an attached document says about itself, by name and by value when one is asked for."""

    name: str
    """Glob, folded."""
    globs: tuple[str, ...] = ("*",)
    """Folded."""

    def evaluate(self, case: Case) -> Result:
        hits = tuple(
            Hit("property", "attachments", file.part, (f"{name}: {value}",))
            for file in case.scan.files
            for name, value in file.properties
            if fnmatchcase(fold(name), self.name) and _fits_any(fold(value), self.globs)
        )
        return Result(bool(hits), hits)


@dataclass(frozen=True, slots=True)
class LargerThan:
    """The size of the whole mail."""

    size: int
    """Bytes."""

    def evaluate(self, case: Case) -> Result:
        return Result(case.size > self.size)


@dataclass(frozen=True, slots=True)
class FromSender:
    """Who sends it."""

    senders: Addresses

    def evaluate(self, case: Case) -> Result:
        return Result(case.sender in self.senders)


@dataclass(frozen=True, slots=True)
class ToRecipient:
    """Who gets it. A rule that asks this is judged for each recipient on his own."""

    recipients: Addresses

    def evaluate(self, case: Case) -> Result:
        return Result(bool(case.recipient) and case.recipient in self.recipients)


@dataclass(frozen=True, slots=True)
class ManyRecipients:
    """How many outside recipients it goes to."""

    at_least: int

    def evaluate(self, case: Case) -> Result:
        return Result(len(case.recipients) >= self.at_least)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of them."""

    parts: tuple[Condition, ...]

    def evaluate(self, case: Case) -> Result:
        hits: list[Hit] = []
        for part in self.parts:
            result = part.evaluate(case)
            hits += result.hits
            if not result.met:
                return Result(False, tuple(hits))
        return Result(True, tuple(hits))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    parts: tuple[Condition, ...]

    def evaluate(self, case: Case) -> Result:
        results = [part.evaluate(case) for part in self.parts]
        met = any(r.met for r in results)
        return Result(met, tuple(hit for r in results if r.met or not met for hit in r.hits))


@dataclass(frozen=True, slots=True)
class Not:
    """Anything but that; what is absent cannot be shown."""

    part: Condition

    def evaluate(self, case: Case) -> Result:
        return Result(not self.part.evaluate(case).met)
