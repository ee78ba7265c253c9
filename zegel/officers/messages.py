"""Messages as an officer sees them: found by who, when, rule and state, and the story of one. Never what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from zegel.officers.clear_release import ClearReleases, Outcome
from zegel.officers.sign_in import SignIn
from zegel.senders.pages import SenderPages
from zegel.unlock.access import Access
from zegel.vault.ids import id_of
from zegel.vault.tables.audit_log import Event
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.tables.search import PIECE, FoundDelivery, FoundMessage, deliveries_of, messages_before
from zegel.vault.vault import Vault

SHOWN_MOST = 50
"""Messages on a page."""
LOOKED_MOST = 5_000
"""Messages that one search goes through; then it says how far it came, and goes on when asked."""
MESSAGE_RECIPIENTS_MOST = 200
REASON_LENGTH = 300
DAY = 86_400.0

StateFilter = Literal["", "waiting", "unopened", "opened", "delivered", "clear", "withdrawn", "expired", "stopped"]
Act = Literal["recall", "again", "unblock", "resume", "extend", "release"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; "" and 0 are for anything."""

    sender: str = ""
    recipient: str = ""
    rule: str = ""
    state: str = ""
    since: float = 0.0
    until: float = 0.0
    """The end, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message in the list."""

    message: FoundMessage
    recipients: tuple[FoundDelivery, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `further` is where to go on, 0 when all was looked at, and `back_to` how far it came."""

    lines: tuple[Line, ...]
    further: int
    back_to: float


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient of a message, and what makes sense for them now."""

    delivery: Delivery
    state: str
    acts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a message but what it says."""

    message: Message
    recipients: tuple[Recipient, ...]
    events: tuple[Event, ...]
    can_recall: bool
    can_extend: bool
    can_release: bool


class OfficerMessages:
    """What officers see of messages, and do with them. Each look and each act is noted with their name."""

    def __init__(
        self,
        vault: Vault,
        access: Access,
        sender: SenderPages,
        releases: ClearReleases,
        sign_in: SignIn,
        clock: Callable[[], float],
    ) -> None:
        self._store = vault.store
        self._access = access
        self._sender = sender
        self._releases = releases
        self._sign_in = sign_in
        self._clock = clock

    def find(self, wanted: Wanted, officer: str, before: int = 0) -> Found:
        """The newest that fit, from below the id `before` on."""
        now = self._clock()
        last = before or id_of(min(wanted.until or now + DAY, now + DAY))
        first = id_of(min(wanted.since, now + DAY)) if wanted.since > 0 else 0
        what = {"sender": wanted.sender, "recipient": wanted.recipient, "rule": wanted.rule, "state": wanted.state}
        said = {key: value for key, value in what.items() if value}
        self._store.write(lambda: self._sign_in.note("messages searched", officer, **said))
        lines: list[Line] = []
        back_to = now
        for _ in range(LOOKED_MOST // PIECE):
            piece = messages_before(self._store.database, last, first)
            fitting = [each for each in piece if _fits(each, wanted)]
            people = deliveries_of(self._store.database, fitting) if fitting else {}
            for each in fitting:
                if any(_is(one, wanted, now) for one in people[each.id]):
                    lines.append(Line(each, tuple(people[each.id])))
                    if len(lines) == SHOWN_MOST:
                        return Found(tuple(lines), each.id, each.created_at)
            if len(piece) < PIECE:
                return Found(tuple(lines), 0, 0.0)
            last, back_to = piece[-1].id, piece[-1].created_at
        return Found(tuple(lines), last, back_to)

    def story(self, message_id: int, officer: str) -> Story | None:
        """A message, its recipients and all that happened; None for one that is not there."""
        message = self._store.message(message_id)
        if message is None or message.kind != "mail":
            return None
        self._store.write(lambda: self._sign_in.note("story read", officer, message=message_id))
        now, limit = self._clock(), self._releases.limit(message)
        deliveries = self._store.deliveries.of_message(message_id)
        recipients = tuple(Recipient(each, stands(each, now), self._acts(each, limit, now)) for each in deliveries)
        can_recall = any("recall" in each.acts for each in recipients)
        events = tuple(self._store.audit_log.events(message_id))
        can_extend = can_recall and self._sender.can_extend(message)
        can_release = any("release" in each.acts for each in recipients)
        return Story(message, recipients, events, can_recall, can_extend, can_release)

    def act(self, message_id: int, act: Act, delivery_id: int | None, officer: str, reason: str) -> Outcome:
        """Does it in the officer's name; what came of it."""
        message = self._store.message(message_id)
        if message is None or message.kind != "mail":
            return "nothing"
        if act == "release":
            return self._releases.release(message, delivery_id, officer, reason[:REASON_LENGTH])
        return "done" if self._done(message, act, delivery_id, officer, reason) else "nothing"

    def _done(self, message: Message, act: Act, delivery_id: int | None, officer: str, reason: str) -> bool:
        """Whether anything changed."""
        pages = self._sender.on_behalf(officer, reason[:REASON_LENGTH])
        if act == "recall":
            return pages.recall(message, delivery_id) > 0
        if act == "extend":
            return pages.extend(message) > message.expires_at
        if delivery_id is None:
            return False
        if act == "again":
            return pages.send_again(message, delivery_id) == "sent"
        does: Mapping[str, Callable[[Message, int], bool]] = {"unblock": pages.unblock, "resume": pages.resume}
        return does[act](message, delivery_id)

    def _acts(self, delivery: Delivery, limit: int, now: float) -> frozenset[str]:
        """`limit` is the highest level at which the message may be released."""
        if self._access.ended(delivery):
            return frozenset({"recall"} if self._access.can_be_recalled(delivery) else ())
        locked = bool(delivery.locked_at or delivery.paused_until > now)
        possible = {
            "recall": True,
            "again": delivery.state in ("notified", "opened") and not locked and not delivery.stopped_at,
            "unblock": locked,
            "resume": bool(delivery.stopped_at) and delivery.stopped_why == "person",
            "release": self._releases.possible(delivery, limit),
        }
        return frozenset(name for name, makes_sense in possible.items() if makes_sense)


def stands(delivery: Delivery | FoundDelivery, now: float) -> str:
    """The state of a delivery in a word of StateFilter; "waiting" is for a number, "sending" on its way directly."""
    locked = delivery.locked if isinstance(delivery, FoundDelivery) else bool(delivery.locked_at)
    stopped = delivery.stopped if isinstance(delivery, FoundDelivery) else bool(delivery.stopped_at)
    if delivery.state in ("recalled", "delivered"):
        return "withdrawn" if delivery.state == "recalled" else "delivered"
    if delivery.state in ("clearing", "cleared"):
        return "clear"
    if delivery.state == "expired" or delivery.expires_at <= now:
        return "expired"
    if locked or stopped:
        return "stopped"
    return {"held": "waiting", "notified": "unopened", "direct": "sending"}.get(delivery.state, delivery.state)


def _fits(message: FoundMessage, wanted: Wanted) -> bool:
    return (
        bool(message.sender)
        and wanted.sender.casefold() in message.sender.casefold()
        and (not wanted.rule or wanted.rule in message.rules)
    )


def _is(delivery: FoundDelivery, wanted: Wanted, now: float) -> bool:
    return wanted.recipient.casefold() in delivery.recipient.casefold() and (
        not wanted.state or stands(delivery, now) == wanted.state
    )
