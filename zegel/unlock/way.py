"""The ways in which a recipient shows that a message is for them.

A delivery has one, chosen at its sealing by its level. What is behind the way in, a session, is the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from zegel.vault.tables.records import Delivery


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for a password or code."""

    kind: Literal[
        "sent", "again", "recent", "waiting", "wait", "limit", "cap", "paused", "quiet", "locked", "stopped",
        "no number", "off", "other way", "known", "ended",
    ]  # fmt: skip
    """With "quiet" its owner said that they had not asked, with "stopped" that the message or the number is not
    theirs. With "other way" the message is opened in another way than was asked for, with "known" there is nothing to
    send: the recipient has it."""
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The browser is in; `cookie` replaces the one that it had."""

    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the browser is not in."""

    kind: Literal[
        "wrong", "empty", "paused", "busy", "spent", "expired", "used", "elsewhere", "none", "locked", "stopped",
        "unknown", "ended",
    ]  # fmt: skip
    wait_seconds: int = 0
    tries_left: int = 0


class Way(Protocol):
    """One way in. All of it is safe to repeat, counted in the database, and open to anybody with the link."""

    def ready(self, delivery: Delivery) -> bool:
        """Whether the recipient can be sent, or has, what this way takes: for a code by SMS, a number."""

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        """Sends what is to be typed, unless the limits say no."""

    def enter(self, link: str, typed: str, cookie: str) -> Opened | Refused:
        """Lets the browser in when what was typed is right."""
