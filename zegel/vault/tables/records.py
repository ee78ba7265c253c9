"""What the store gives out: frozen rows without the database behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Literal

from zegel.way_names import WayName

Scope = Literal["files", "message"]
DeliveryState = Literal[
    "direct", "held", "notified", "opened", "delivered", "clearing", "cleared", "recalled", "expired"
]
"""`direct` is on its way as ordinary mail, `delivered` has arrived so: for both nobody was given a link. `clearing` was
released by an officer and is about to leave as ordinary mail, `cleared` has left so (officers/clear_release.py)."""
MessageKind = Literal["mail", "reply", "write"]
"""`write` is what somebody outside writes first from: they have proved their address, and nobody of ours wrote."""
AddresseeState = Literal["sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Message:
    """A sealed message, without its content."""

    id: int
    created_at: float
    expires_at: float
    sender: str
    level: int
    scope: Scope
    rules: tuple[str, ...]
    size: int
    conversation: int = 0
    """What it shares with the other messages and replies of its thread."""
    kind: MessageKind = "mail"
    writer: int = 0
    """Of a reply, the delivery whose recipient wrote it; of a mail, the same when it brings a reply to the others."""
    subject_told: bool = False
    """Whether its subject may stand outside the opened message; False too when that is not known."""

    @property
    def shared(self) -> bool:
        """Whether it is what a recipient replied to the other recipients, and so nobody of ours wrote it."""
        return self.kind == "mail" and self.writer != 0


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person to whom a reply goes."""

    position: int
    address: str
    state: AddresseeState
    why: str
    """Of a failure: "unknown" (no such mailbox), "full", "large", "refused", "late" (nobody took it in time), or
    "ended" (of somebody outside, who may not get it any more)."""
    level: int = 0
    """Of somebody outside, the least that the reply is protected at for them; 0 for a colleague."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient of a message."""

    id: int
    message_id: int
    recipient: str
    level: int
    way: WayName
    state: DeliveryState
    language: str
    generation: int
    expires_at: float
    salt: bytes = field(repr=False)
    failures: int = 0
    paused_until: float = 0
    address: str = ""
    """The recipient as the phone book knows them; "" at level 1."""
    held_until: float = 0
    locked_at: float = 0
    """When too many wrong codes locked it; 0 when it is not locked."""
    stopped_at: float = 0
    stopped_why: str = ""
    """What is not theirs, says who got the mail: "number" or "person"."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A password that was sent, as its argon2id hash."""

    id: int
    hash: bytes = field(repr=False)
    created_at: float
    expires_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class CodeChallenge:
    """A code that was sent: it follows from its nonce."""

    id: int
    delivery_id: int
    nonce: bytes = field(repr=False)
    browser: bytes = field(repr=False)
    """The hash of the cookie of the browser that asked."""
    created_at: float
    expires_at: float
    used_at: float | None
    tries: int


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A password that somebody asked for who wants to write first: it follows from its nonce."""

    id: int
    browser: bytes = field(repr=False)
    """The hash of the cookie of the browser that asked."""
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    created_at: float
    expires_at: float
    used_at: float = 0
    tries: int = 0
    muted: bool = False
    """Whether no mail goes out."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it is stored; `sealed` holds the address and the number."""

    address_hash: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    given_by: str
    given_at: float
    used_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class AgreedRow:
    """An agreed code as it is stored; `sealed` holds the address, the question and the hash of the code."""

    address_hash: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    given_by: str
    given_at: float
    used_at: float
    failures: int = 0
    locked_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Root:
    """The password or code that a session, a device or a passkey goes back to: of which delivery, and when typed."""

    delivery: int = 0
    """0 when it is not known: from before this was noted."""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A remembered browser as it is stored, for one address."""

    id: int
    address_hash: bytes = field(repr=False)
    cookie_hash: bytes = field(repr=False)
    previous_hash: bytes = field(repr=False)
    rotated_at: float
    level: int
    created_at: float
    used_at: float
    sealed: bytes = field(repr=False)
    root: int = 0
    root_at: float = 0.0


TextState = Literal["asked", "handing", "accepted", "delivered", "failed", "unsure"]


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS that was asked for."""

    id: int
    challenge_id: int
    number_hash: bytes = field(repr=False)
    language: str
    at: float
    state: TextState


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """Something to send: `payload` is still sealed, and empty when the kind says it all. Message 0 is of no message."""

    id: int
    kind: str
    message_id: int
    delivery_id: int
    payload: bytes = field(repr=False)
    state: str
    created_at: float
    attempts: int
    next_try: float
    error: str
    claimed_until: float = inf
    """When the lease ends of who claimed it; nobody did unless `claim` returned it."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery, to be stored with its message: notified at once, or held while its number is unknown."""

    id: int
    recipient: str
    level: int
    way: WayName
    language: str
    link_hash: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    address: str = ""
    """The recipient as the phone book knows them; "" at level 1."""
    phone_hash: bytes = field(default=b"", repr=False)
    """The phone book's key for `address`: held when no number and no agreed code stands under it. b"" at level 1."""
    proofs: tuple[str, ...] = ()
    """Of which connection it may be delivered directly; () when it may not."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A sealed message with all that is stored with it in one transaction."""

    id: int
    expires_at: float
    key_day: str
    wrapped_key: bytes = field(repr=False)
    sender: str
    headline: bytes = field(repr=False)
    """The sealed `Headline`: what pages and mails need of the message without opening all of it."""
    level: int
    scope: Scope
    rules: tuple[str, ...]
    size: int
    digest: bytes = field(repr=False)
    recognised_for: float
    """Seconds that the same message is taken for this one when it is offered again."""
    chunks: tuple[bytes, ...] = field(repr=False)
    deliveries: tuple[NewDelivery, ...]
    sender_link_hash: bytes = field(default=b"", repr=False)
    thread: bytes = field(default=b"", repr=False)
    """The keyed hash of its Message-ID; b"" when it has none."""
    answers: tuple[bytes, ...] = field(default=(), repr=False)
    """The same of the messages that it says it answers, the newest first."""
    conversation: int = 0
    """Where it belongs when none of these is known; 0 when that is not known either."""
    copies: tuple[bytes, ...] = field(default=(), repr=False)
    """Payloads of outbox rows that bring the original to others, where Postfix cannot be left to do it."""
    queue_id: str = ""
    """What Postfix calls the original, so that its log and ours can be followed."""
    writer: int = 0
    """When it brings a reply to the other recipients, the delivery whose recipient wrote it."""
    subject_told: bool = False
    """As its headline says too."""


@dataclass(frozen=True, slots=True)
class NewReply:
    """A sealed reply with all that is stored with it in one transaction."""

    id: int
    conversation: int
    writer: int
    """The delivery whose recipient wrote it."""
    expires_at: float
    key_day: str
    wrapped_key: bytes = field(repr=False)
    sender: str
    """Who wrote it."""
    headline: bytes = field(repr=False)
    level: int
    size: int
    digest: bytes = field(repr=False)
    chunks: tuple[bytes, ...] = field(repr=False)
    addressees: tuple[str, ...]
    thread: bytes = field(repr=False)
    """The keyed hash of its Message-ID."""
    others: tuple[tuple[str, int], ...] = ()
    """The people outside who get it too, each with the least level."""
    subject_told: bool = False
    """As its headline says too."""
