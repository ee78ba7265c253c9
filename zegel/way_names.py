"""How a recipient shows that a message is for them, by name. What each way does is in zegel/unlock/."""

from __future__ import annotations

from typing import Literal

WayName = Literal["password", "sms", "agreed"]
"""A password by e-mail, a code by SMS, a code that sender and recipient agreed on."""

OF_LEVEL_2: tuple[WayName, ...] = ("sms", "agreed")
"""The ways that need more than a mailbox, the preferred one first."""


def way_of(level: int) -> WayName:
    """How a delivery that is sealed at `level` is opened, unless only an agreed code is known when it is stored."""
    return "sms" if level > 1 else "password"
