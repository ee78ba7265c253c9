"""A mail on its way."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail with its envelope; an empty `sender` is the null sender."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)
    report: bool = False
    """Whether the sender wants to hear that it was passed on."""
    original: bool = False
    """Whether it is what somebody else wrote: for this recipient alone, whoever passes it on."""
