"""Look-ups beside each other, each of which ends in time: who waits for one domain holds up no other.

A look-up has a thread of its own. What is asked for again meanwhile waits for the same one. Whoever hears nothing in
`PATIENCE` seconds is told so; the thread may then still find something, which is kept for the next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from zegel.direct.proof import Finding, Kind, NotProven
from zegel.direct.proofs import Proofs
from zegel.errors import describe

log = logging.getLogger("zegel.direct")
PATIENCE = 6.0
"""Seconds; with what Postfix and the courier need, a message without a proof is notified within ten."""
AT_ONCE = 64
"""Threads; beyond these a domain waits for its turn, and for its time."""
MOST = 1000
"""Domains under way; beyond these a message is notified at once."""
UNANSWERED = 30.0
"""Seconds that a domain for which nobody answered is not asked again."""
Told = Callable[[Finding], None]


@dataclass(slots=True)
class _LookUp:
    domain: str
    kinds: frozenset[Kind]
    ends_at: float
    waiting: list[Told] = field(default_factory=list)


class LookUps:
    """Finds proofs in the background. `expire` has to be called a few times a second."""

    def __init__(self, proofs: Proofs, clock: Callable[[], float] = time.monotonic, at_once: int = AT_ONCE) -> None:
        self._proofs = proofs
        self._clock = clock
        self._places = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str, frozenset[Kind]], _LookUp] = {}

    def known(self, domain: str, kinds: frozenset[Kind]) -> Finding | None:
        """What is known already."""
        return self._proofs.known(domain, kinds)

    def find(self, domain: str, kinds: frozenset[Kind], told: Told) -> None:
        """Has `told` called with the finding: at once when it is known, else in PATIENCE seconds at the latest."""
        known = self._proofs.known(domain, kinds)
        with self._lock:
            there = self._under_way.get((domain, kinds))
            if known is None and there is not None:
                there.waiting.append(told)
                return
            if known is None and len(self._under_way) >= MOST:
                known = self._give_up(domain, kinds, "too many domains are looked up at once")
            if known is None:
                new = _LookUp(domain, kinds, self._clock() + PATIENCE, [told])
                self._under_way[domain, kinds] = new
        if known is not None:
            told(known)
            return
        threading.Thread(target=self._run, args=(new,), name="look-up", daemon=True).start()

    def expire(self) -> None:
        """Tells those whose time is over that nobody answered."""
        now = self._clock()
        with self._lock:
            over = [each for each in self._under_way.values() if each.ends_at <= now]
        for each in over:
            why = f"nobody answered for {each.domain} in {PATIENCE:.0f} seconds"
            self._tell(each, self._give_up(each.domain, each.kinds, why))

    def _give_up(self, domain: str, kinds: frozenset[Kind], why: str) -> NotProven:
        """Kept for a moment: who asks next has not to wait as long again."""
        for kind in kinds:
            self._proofs.note(domain, kind, why, UNANSWERED)
        return NotProven(why)

    def _run(self, look_up: _LookUp) -> None:
        finding: Finding = NotProven("the look-up failed")
        try:
            if self._places.acquire(timeout=PATIENCE):
                try:
                    finding = self._proofs.find(look_up.domain, look_up.kinds)
                finally:
                    self._places.release()
        except Exception as error:
            log.error("a look-up failed: %s", describe(error))
        finally:
            self._tell(look_up, finding)

    def _tell(self, look_up: _LookUp, finding: Finding) -> None:
        with self._lock:
            key = (look_up.domain, look_up.kinds)
            if self._under_way.get(key) is look_up:
                del self._under_way[key]
            waiting, look_up.waiting = look_up.waiting, []
        for told in waiting:
            told(finding)
