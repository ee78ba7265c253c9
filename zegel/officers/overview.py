"""Zegel in figures for the people of the console: a month of days, the rules, and where things stand now."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zegel.figures import read_slots
from zegel.officers.report import BlindSpot, Line, blind_spots_of, lines_of
from zegel.settings.model import Settings
from zegel.vault.marks import COURIER
from zegel.vault.standing_figures import StandingFigures, standing_figures
from zegel.vault.tables.day_counts import DAY
from zegel.vault.tables.search import held_count
from zegel.vault.vault import Vault

DAYS = 30
STILL = 300.0
"""Seconds without a sign of the courier, which gives one each minute."""


@dataclass(slots=True)
class Day:
    """One day (UTC), in days since 1970."""

    day: int
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def at(self) -> float:
        """Its middle, in seconds, so that its date is the same in every zone near UTC."""
        return self.day * DAY + DAY / 2

    def of(self, name: str, label: str | None = None) -> int:
        """A count, or all of one name."""
        return sum(count for (each, its), count in self.counts.items() if each == name and label in (None, its))

    @property
    def unopened(self) -> int:
        """Recipients of the day's messages who have not opened them, and did not get them directly."""
        return max(0, self.of("recipients") - self.of("opened") - self.of("direct"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What runs, and what waits."""

    milter: bool
    courier: bool
    figures: StandingFigures
    held: int

    def outbox(self, state: str) -> int:
        return sum(count for (each, _), count in self.figures.outbox.items() if each == state)


@dataclass(frozen=True, slots=True)
class Month:
    """The last DAYS days."""

    days: tuple[Day, ...]
    rules: tuple[Line, ...]
    blind_spots: tuple[BlindSpot, ...]

    def of(self, name: str, label: str | None = None) -> int:
        return sum(day.of(name, label) for day in self.days)

    @property
    def unopened(self) -> int:
        return sum(day.unopened for day in self.days)


class Overview:
    """Reads the figures; nothing here walks over messages."""

    def __init__(self, settings: Settings, vault: Vault, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock

    def month(self) -> Month:
        today = int(self._clock() // DAY)
        days: Mapping[int, Day] = {each: Day(each) for each in range(today - DAYS + 1, today + 1)}
        for day, name, label, count in self._vault.store.day_counts.since(today - DAYS + 1):
            if day in days:
                days[day].counts[name, label] = count
        counts = list(self._vault.store.rule_counts.since((today - DAYS + 1) * DAY))
        return Month(tuple(days.values()), tuple(lines_of(counts)), tuple(blind_spots_of(counts)))

    def standing(self) -> Standing:
        storage, now = self._settings.storage, self._clock()
        slots = read_slots(storage.figures)
        sign = float(self._vault.store.marks.get(COURIER) or 0)
        return Standing(
            milter=slots is not None and slots.running,
            courier=_is_locked(storage.folder / "courier.lock") and now - sign <= STILL,
            figures=standing_figures(self._vault, now),
            held=held_count(self._vault.store.database),
        )


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the lock; ours is let go at once."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
