"""Whether anybody can open a delivery now, and what keeps them out: one answer for every way in."""

from __future__ import annotations

from typing import Literal

from zegel.vault.tables.records import Delivery

Standing = Literal["ended", "stopped", "locked", "held", "paused", "open"]
"""Ended is recalled, expired or sent as ordinary mail; stopped, that somebody said it is not theirs; locked, by wrong
codes; held, while a number is missing; paused, for a while after wrong passwords."""


def standing(delivery: Delivery, now: float) -> Standing:
    """Where a delivery stands; of several reasons that keep it closed, the one that takes most to end."""
    if delivery.state in ("recalled", "delivered", "clearing", "cleared", "expired") or delivery.expires_at <= now:
        return "ended"
    if delivery.stopped_at:
        return "stopped"
    if delivery.locked_at:
        return "locked"
    if delivery.state in ("direct", "held"):
        return "held"
    return "paused" if delivery.paused_until > now else "open"


def closed(delivery: Delivery, now: float) -> bool:
    """Whether it is closed to those, too, who have a key and need not guess.

    A pause is no reason: it is there to make guessing slow, and anybody with the link can bring it about.
    """
    return standing(delivery, now) not in ("open", "paused")
