"""What the sender's page shows, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zegel.recipients.phone_numbers import Wrong
from zegel.senders.history import Moment, State
from zegel.vault.tables.records import Scope
from zegel.way_names import WayName


@dataclass(frozen=True, slots=True)
class RecipientState:
    """One recipient, as the page shows them."""

    delivery_id: int
    address: str
    level: int
    way: WayName
    state: State
    since: float
    history: tuple[Moment, ...]
    number: str
    """Masked; "" when none is known."""
    region: str
    """The country to expect their number in."""
    needs_number: bool
    locked: bool
    stopped: Literal["", "number", "person"]
    asked_at: float
    """When they asked for a message that they cannot open any more; 0 when they did not."""
    actions: frozenset[str]
    """Of "recall", "number", "again", "unblock", "resume" and "raise": what makes sense now."""
    agreed: bool = False
    """Whether a code is agreed on."""
    may_agree: bool = False
    """Whether one may be agreed on, or another one."""
    called: bool = False
    """Whether codes are told by a call: the number is of a landline."""
    server: str = ""
    """Where the message was delivered directly, and how; "" when it was not. With another state than "delivered" that
    was after a recall or a notification."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A message, as the page shows it."""

    subject: str
    reason: str
    """The name of the rule that asked for protection; "" when it is not known any more."""
    sample: str
    """What that rule found, masked."""
    scope: Scope
    level: int
    sent_at: float
    expires_at: float
    extends_to: float
    """What `extend` would make of `expires_at`."""
    false_alarm: bool
    recipients: tuple[RecipientState, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What came of giving numbers: addresses that were notified now, and those that had nothing waiting."""

    released: tuple[str, ...]
    kept: tuple[str, ...]
    wrong: Mapping[int, Wrong]
    """By delivery; right numbers beside them were taken."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country that numbers may be from."""

    region: str
    prefix: str
    name: str
    example: str
