"""Which days have to be ready before they are needed: the milter seals for a day by its public half, and makes none."""

from __future__ import annotations

from zegel.vault.keyring import day_of

AHEAD = 7
"""Days that the milter goes on sealing when no courier runs."""
_DAY = 86_400


def days_ahead(now: float, retention: int) -> list[str]:
    """The days on which messages expire that are sealed from now on, when each is kept for `retention` days.

    From the day before: the date may be set back a little.
    """
    return [day_of(now + (retention + number) * _DAY) for number in range(-1, AHEAD + 1)]
