"""How a recipient shows that a message is for them, by name. What each way does is in zegel/unlock/."""

from __future__ import annotations

from typing import Literal

WayName = Literal["password", "sms"]
"""A password by e-mail, a code by SMS."""


def way_of(level: int) -> WayName:
    """How a delivery that is sealed at `level` is opened; asked once, for a delivery keeps its way."""
    return "sms" if level > 1 else "password"
