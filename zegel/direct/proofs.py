"""All ways in which a domain can be proven, each looked up once and kept as long as it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from zegel.direct.dane import dane
from zegel.direct.mta_sts import MtaSts
from zegel.direct.nta7516 import nta7516
from zegel.direct.proof import KINDS, Finding, Kind, NotProven, Proof
from zegel.direct.resolver import NoResolver, Resolver

_MOST_KEPT = 20_000
"""Findings; when there are more, all are forgotten."""


@dataclass(frozen=True, slots=True)
class _Kept:
    finding: Finding
    until: float


class Proofs:
    """Finds proofs; any thread may use it."""

    def __init__(self, resolver: Resolver, clock: Callable[[], float], mta_sts: MtaSts | None = None) -> None:
        self._resolver = resolver
        self._clock = clock
        self._mta_sts = mta_sts or MtaSts(resolver)
        self._kept: dict[tuple[str, Kind], _Kept] = {}
        self._lock = threading.Lock()

    def known(self, domain: str, kinds: Collection[Kind]) -> Finding | None:
        """What is known without asking anybody; None when something has to be looked up first."""
        problems = []
        for kind in _ordered(kinds):
            finding = self._current(domain, kind)
            if finding is None or isinstance(finding, Proof):
                return finding
            problems.append(finding)
        return _no_proof(problems)

    def find(self, domain: str, kinds: Collection[Kind]) -> Finding:
        """The best proof of `domain`, by one of `kinds`; asks what is not known. Takes seconds where nobody answers."""
        problems = []
        for kind in _ordered(kinds):
            finding = self._current(domain, kind) or self._look_up(domain, kind)
            if isinstance(finding, Proof):
                return finding
            problems.append(finding)
        return _no_proof(problems)

    def each(self, domain: str) -> Iterator[tuple[Kind, Finding]]:
        """What each kind of proof says of `domain`, looked up now."""
        for kind in KINDS:
            yield kind, self._look_up(domain, kind)

    def note(self, domain: str, kind: Kind, why: str, seconds: float = 300.0) -> None:
        """Keeps that a proof did not hold when Postfix tried it."""
        self._keep(domain, kind, NotProven(why, seconds))

    def _look_up(self, domain: str, kind: Kind) -> Finding:
        try:
            if kind == "dane":
                finding = dane(self._resolver, domain)
            elif kind == "nta7516":
                finding = nta7516(self._resolver, domain, self._clock())
            else:
                finding = self._mta_sts.find(domain, self._clock())
        except NoResolver as problem:
            finding = NotProven(str(problem), 10.0)
        self._keep(domain, kind, finding)
        return finding

    def _current(self, domain: str, kind: Kind) -> Finding | None:
        with self._lock:
            kept = self._kept.get((domain, kind))
        return kept.finding if kept is not None and kept.until > self._clock() else None

    def _keep(self, domain: str, kind: Kind, finding: Finding) -> None:
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[domain, kind] = _Kept(finding, self._clock() + max(finding.seconds, 1.0))


def _ordered(kinds: Collection[Kind]) -> list[Kind]:
    return [kind for kind in KINDS if kind in kinds]


def _no_proof(problems: list[NotProven]) -> NotProven:
    return NotProven("; ".join(problem.why for problem in problems) or "no way of proof is allowed")
