"""What has to stand close to a finding."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zegel.policy.detectors import Confidence, Finding
from zegel.policy.search.probes import DetectorProbe, Probe
from zegel.policy.search.scan import Scan

SEARCHED_AROUND = 64
"""Up to so many findings only the text around each is searched for what has to be near, else the whole text."""
EDGE = 128
"""Bytes more than that, so that no word that counts is cut."""


@dataclass(frozen=True, slots=True)
class Near:
    """Something that has to stand close by."""

    probe: Probe
    within: int
    """Characters between the two at most."""
    confidence: Confidence = Confidence.SHAPE

    def holding(self, scan: Scan, text: int, findings: Sequence[Finding], of: Probe) -> Iterator[Finding]:
        """Those of `findings`, of the probe `of`, that have it near, where it is something else than themselves.

        What ends where a person ends is a piece of the name: the illness in "mevrouw Pfeiffer".
        """
        local = len(findings) <= SEARCHED_AROUND and not isinstance(self.probe, DetectorProbe)
        others = [] if local else [f[1:3] for f in scan.findings(self.probe, text, self.confidence)]
        data, named = scan.data[text], "person" in (of.label, self.probe.label)
        for finding in findings:
            one = (finding.start, finding.end)
            if local:
                reach = 4 * self.within + EDGE
                near = scan.span_in(self.probe, text, max(0, one[0] - reach), one[1] + reach)
            else:
                place = bisect_left(others, one)
                near = others[max(0, place - 2) : place + 2]
            if any(
                other != one and not (named and other[1] == one[1]) and self._close(data, one, other) for other in near
            ):
                yield finding

    def may_hold(self, scan: Scan, text: int) -> bool:
        """Whether it may occur in the text with index `text` at all."""
        return scan.may_hold(self.probe.pattern, text)

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

    def holding(self, scan: Scan, text: int, findings: Sequence[Finding], of: Probe) -> Iterator[Finding]:
        """Those of `findings` of the probe `of` that have them near."""
        left = list(findings)
        if not self.every:
            held = {found[1:3] for part in self.parts for found in part.holding(scan, text, left, of)}
            yield from (found for found in left if found[1:3] in held)
            return
        for part in self.parts:
            left = list(part.holding(scan, text, left, of))
        yield from left

    def may_hold(self, scan: Scan, text: int) -> bool:
        """Whether they may occur in the text with index `text` at all."""
        return (all if self.every else any)(part.may_hold(scan, text) for part in self.parts)

    def __str__(self) -> str:
        return (" and " if self.every else " or ").join(map(str, self.parts))


Nearby = Near | NearSeveral
