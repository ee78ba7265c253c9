"""The conditions of rules: frozen, compiled, each able to say of a mail whether it is met and by what.

A condition that is not met still returns what it found until then, so that a rule that nearly fired can be explained.
Equal conditions compare equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from zegel.policy.case import Case, Condition, Hit, Result, plain
from zegel.policy.detectors import Confidence
from zegel.policy.near import Nearby
from zegel.policy.search.probes import Probe
from zegel.policy.search.scan import Scan
from zegel.policy.search.words import fold

PLACES = ("subject", "headers", "body", "attachments", "filenames")
"""Where a condition can look; all of them when it does not say."""
COUNTED_NEAR = 2_000
"""Distinct values with something near that are counted in one text."""


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
        for index in self.worth_asking(scan):
            text = scan.texts[index]
            values = self._values(scan, index)
            if case.without:
                values = tuple(value for value in values if plain(value) not in case.without)
            if values:
                found = scan.findings(self.probe, index, self.confidence)
                first = next((finding.start for finding in found if finding.value == values[0]), 0)
                place = partial(scan.place, index, first)
                hits.append(Hit(self.probe.label, text.where, text.part, values, place=place))
        return Result(self._often_enough(hits), tuple(hits))

    def worth_asking(self, scan: Scan) -> Iterator[int]:
        """The texts that may hold it, by the patterns that occur in them."""
        for index in scan.candidates(self.probe.pattern):
            if scan.texts[index].where in self.places and (self.near is None or self.near.may_hold(scan, index)):
                yield index

    def may_be_met(self, scan: Scan) -> bool:
        """Whether there may be enough of it: seeking a sign takes a hundredth of a search."""
        if self.at_least > 1 and self.probe.sign:
            return scan.holds(self.probe.sign, self.worth_asking(scan), self.at_least)
        return any(True for _ in self.worth_asking(scan)) and scan.occurs(self.probe.pattern, self.at_least)

    def tells_only(self, told: Mapping[tuple[str, str, str], Set[str]], case: Case) -> bool:
        """Whether all that it may find is in `told`, by detector, where and part: what is near then tells nothing."""
        if self.near is None:
            return False
        for index in self.worth_asking(case.scan):
            text = case.scan.texts[index]
            known = told.get((self.probe.label, text.where, text.part), frozenset())
            values = case.scan.values(self.probe, index, self.confidence)
            if not all(value in known or plain(value) in case.without for value in values):
                return False
        return True

    def _values(self, scan: Scan, text: int) -> tuple[str, ...]:
        if self.near is None:
            return scan.values(self.probe, text, self.confidence)
        values: dict[str, None] = {}
        for finding in self.near.holding(scan, text, scan.findings(self.probe, text, self.confidence), self.probe):
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
class AllOf:
    """Every one of them."""

    parts: tuple[Condition, ...]

    def evaluate(self, case: Case) -> Result:
        if case.only_met and not possible(self, case.scan):
            return Result(False)
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
        if case.only_met:
            return self._met(case)
        results = [part.evaluate(case) for part in self.parts]
        met = any(r.met for r in results)
        return Result(met, tuple(hit for r in results if r.met or not met for hit in r.hits))

    def _met(self, case: Case) -> Result:
        """The same for a mail that meets it, each value in one place told once: asking further tells nothing new."""
        hits: list[Hit] = []
        told: dict[tuple[str, str, str], set[str]] = {}
        met = False
        for part in self.parts:
            if not possible(part, case.scan) or (told and isinstance(part, InText) and part.tells_only(told, case)):
                continue
            result = part.evaluate(case)
            if result.met:
                met = True
                hits += result.hits
                for hit in result.hits:
                    told.setdefault(hit[:3], set()).update(hit.values)
        return Result(met, tuple(hits) if met else ())


@dataclass(frozen=True, slots=True)
class SomeOf:
    """So many of them at least: signs that say little alone."""

    parts: tuple[Condition, ...]
    at_least: int

    def evaluate(self, case: Case) -> Result:
        hits: list[Hit] = []
        met, left = 0, len(self.parts)
        for part in self.parts:
            if case.only_met and (met >= self.at_least or met + left < self.at_least):
                break
            left -= 1
            if case.only_met and not possible(part, case.scan):
                continue
            result = part.evaluate(case)
            met += result.met
            hits += result.hits
        return Result(met >= self.at_least, tuple(hits))


@dataclass(frozen=True, slots=True)
class Not:
    """Anything but that; what is absent cannot be shown."""

    part: Condition

    def evaluate(self, case: Case) -> Result:
        return Result(not self.part.evaluate(case).met)


def possible(condition: Condition, scan: Scan) -> bool:
    """Whether `condition` can be met at all: a look at which patterns occur, before any is looked at closely."""
    known = scan.possible.get(id(condition))  # conditions live as long as the rules, and so longer than a scan
    if known is None:
        known = scan.possible[id(condition)] = _possible(condition, scan)
    return known


def _possible(condition: Condition, scan: Scan) -> bool:
    if isinstance(condition, InText):
        return condition.may_be_met(scan)
    if isinstance(condition, AllOf):
        return all(possible(part, scan) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(possible(part, scan) for part in condition.parts)
    if isinstance(condition, SomeOf):
        return sum(possible(part, scan) for part in condition.parts) >= condition.at_least
    return True
