"""Who may open what, now: links, passwords, sessions and their limits.

All that is counted is in the database, so a restart forgives nothing. A wrong link and a wrong password take the
same time as right ones; what is refused whatever was typed takes no place from those whose password is hashed.
"""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from zegel.crypto import fingerprint, keyed_hash, token
from zegel.recipients.preferences import person_key
from zegel.settings.model import Settings
from zegel.unlock import passwords
from zegel.unlock.conversation_unlock import began_elsewhere
from zegel.unlock.objections import quiet_until
from zegel.vault.headline import Headline
from zegel.vault.ids import new_id
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Challenge, Delivery, Root, Scope
from zegel.vault.vault import Vault

PASSWORD_SECONDS = 60 * 60
RECENT_SECONDS = 60
WINDOW_SECONDS, WINDOW_MOST = 10 * 60, 3
DAY_SECONDS, DAY_MOST = 24 * 3600, 10
LIVE_MOST = 3
WRONG_MOST, PAUSE_SECONDS = 10, 15 * 60
SESSION_IDLE, SESSION_MOST = 30 * 60, 4 * 3600
_SEEN_EVERY = 60


@dataclass(frozen=True, slots=True)
class Card:
    """What may be said about a message before it is unlocked."""

    sender: str
    sender_address: str
    recipient_masked: str
    subject: str
    scope: Scope
    expires_at: float
    level: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for a password."""

    kind: Literal["sent", "recent", "limit", "paused", "code", "quiet", "stopped"]
    """With "code" the message takes a code by SMS, and a password is never sent. With "quiet" its owner said that he
    had not asked for passwords, with "stopped" that the message is not for him."""
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The browser is in; `cookie` replaces the one that it had."""

    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the browser is not in."""

    kind: Literal["wrong", "empty", "paused", "unknown", "busy", "ended", "stopped"]
    wait_seconds: int = 0
    tries_left: int = 0


class Access:
    """The gate in front of the sealed messages."""

    def __init__(self, settings: Settings, vault: Vault, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._challenges = vault.store.challenges
        self._clock = clock

    def link(self, delivery_id: int, generation: int) -> str:
        """The address that opens a delivery: derived, so it is nowhere to be stolen from."""
        return f"{self._settings.portal.url}/m/{link_token(self._vault.keys.link, delivery_id, generation)}"

    def sender_link(self, message_id: int) -> str:
        """The address of the sender's page about a message."""
        return f"{self._settings.portal.url}/s/{sender_token(self._vault.keys.link, message_id)}"

    def delivery(self, link: str) -> Delivery | None:
        """The delivery of a link token, also when it has ended; None for a link that nobody was given."""
        return self._store.delivery_by_link(fingerprint(link))

    def ended(self, delivery: Delivery) -> bool:
        """Whether a delivery can no longer be opened."""
        return delivery.state in ("recalled", "expired") or delivery.expires_at <= self._clock()

    def at_rest(self, delivery: Delivery) -> bool:
        """Whether nobody can open it for now: not meant for him, locked, or paused after wrong passwords."""
        return bool(delivery.stopped_at or delivery.locked_at or delivery.paused_until > self._clock())

    def card(self, delivery: Delivery) -> Card:
        message = self._store.message(delivery.message_id)
        try:
            headline = self._vault.headline(delivery.message_id, self._clock())
        except KeyGone:
            headline = Headline()
        address = message.sender if message else ""
        return Card(
            sender=headline.name or address,
            sender_address=address,
            recipient_masked=masked(delivery.recipient),
            subject=headline.told_subject if self._settings.portal.show_subject else "",
            scope=message.scope if message else "message",
            expires_at=delivery.expires_at,
            level=delivery.level,
        )

    def ask_password(self, delivery: Delivery, language: str) -> Asked:
        """Sends a password, unless one was just sent or the limits say no. Safe to repeat."""
        refusal = self._may_ask(delivery, self._clock())
        if refusal is not None:
            return refusal
        password = passwords.new_password()
        hashed = passwords.password_hash(password, delivery.salt)
        challenge = new_id(self._clock())
        data_key = self._vault.data_key(delivery.message_id, self._clock())
        payload = data_key.seal_payload({"password": password, "language": language}, "password", challenge)

        def send() -> Asked:
            now = self._clock()
            refusal = self._may_ask(delivery, now)
            if refusal is not None:
                return refusal
            live = _live(self._challenges.since(delivery.id, now - DAY_SECONDS), now)
            for old in live[: max(0, len(live) + 1 - LIVE_MOST)]:
                self._challenges.end(old.id, now)
            self._challenges.add_challenge(challenge, delivery.id, hashed, now, now + PASSWORD_SECONDS)
            self._store.outbox.add("password", challenge, about=delivery, payload=payload, when=now)
            self._store.audit_log.record("password asked", "recipient", now, about=delivery)
            return Asked("sent")

        return self._store.write(send)

    def unlock(self, link: str, typed: str, cookie: str | None) -> Opened | Refused:
        """Lets the browser in when the password is right; a right password ends by its use."""
        password = passwords.as_typed(typed)
        if not password:
            return Refused("empty")
        found = self.delivery(link)
        if found is None:
            passwords.hash_for_nothing(password)
            return Refused("unknown")
        if refusal := self._shut(found, self._clock()):
            return refusal
        try:
            # One hash, however many passwords are live: all of a delivery share its salt.
            given = passwords.password_hash(password, found.salt)
        except passwords.Busy:
            return Refused("busy")
        new_cookie = new_cookie_value()
        return self._store.write(lambda: self._try(found.id, given, cookie, new_cookie))

    def session(self, cookie: str | None, delivery: Delivery) -> bool:
        """Whether this browser has opened this delivery, or one that opens it too (one_unlock), and may read on."""
        if not cookie or self.ended(delivery):
            return False
        now, hashed = self._clock(), fingerprint(cookie)
        times = self._challenges.session(hashed, delivery.id)
        if times is None or now - times[0] > SESSION_MOST or now - times[1] > SESSION_IDLE:
            began = None if self.at_rest(delivery) else self._began_elsewhere(hashed, delivery)
            return began is not None and self._store.write(lambda: self._join(hashed, delivery.id))
        if now - times[1] > _SEEN_EVERY:
            self._store.write(lambda: self._challenges.seen(hashed, delivery.id, now))
        return True

    def _began_elsewhere(self, hashed: bytes, delivery: Delivery) -> tuple[float, Root] | None:
        return began_elsewhere(self._store, hashed, delivery, self._clock(), SESSION_IDLE, SESSION_MOST)

    def _join(self, hashed: bytes, delivery_id: int) -> bool:
        """Makes an unlock count for another delivery of its thread; looks again, inside the transaction."""
        now, current = self._clock(), self._store.delivery(delivery_id)
        if current is None or self.ended(current) or self.at_rest(current):
            return False
        began = self._began_elsewhere(hashed, current)
        if began is None:
            return False
        self._challenges.join(hashed, delivery_id, began[0], now, began[1])
        self._opened(current, now)
        return True

    def sign_out(self, cookie: str) -> None:
        """Ends everything that this browser had open."""
        self._store.write(lambda: self._challenges.sign_out(fingerprint(cookie)))

    def subject(self, delivery: Delivery) -> str:
        """The subject as the recipient is to see it, without activation words. Raises KeyGone."""
        return self._vault.headline(delivery.message_id, self._clock()).subject

    def original(self, delivery: Delivery) -> bytes:
        """The mail as Postfix handed it over. Raises KeyGone when it is over."""
        return b"".join(self.original_pieces(delivery))

    def original_pieces(self, delivery: Delivery, first: int = 0) -> Iterator[bytes]:
        """The same, a piece of CHUNK_BYTES at a time, from the piece with the number `first`."""
        return self._vault.original(delivery.message_id, self._clock(), first)

    def original_size(self, delivery: Delivery) -> int:
        """Its bytes."""
        message = self._store.message(delivery.message_id)
        return message.size if message else 0

    def opened_file(self, delivery: Delivery, what: str) -> None:
        """Notes in the audit log that something was taken out; `what` names a kind or a number, no content."""
        now = self._clock()
        self._store.write(
            lambda: self._store.audit_log.record("downloaded", delivery.recipient, now, about=delivery, what=what)
        )

    def archive_password(self, cookie: str, delivery: Delivery) -> str:
        """The password of the ZIP that this browser may download, the same while its session lasts."""
        return passwords.from_bytes(keyed_hash(self._vault.keys.archive, cookie, delivery.id))

    def csrf(self, cookie: str, link: str) -> str:
        """What a form on the pages of `link` must bring back from this browser."""
        return token(self._vault.keys.form, cookie, link)

    def csrf_ok(self, cookie: str, link: str, given: str) -> bool:
        expected = self.csrf(cookie, link).encode()
        return hmac.compare_digest(expected, given.encode("utf-8", "surrogatepass"))

    def admit(
        self, delivery: Delivery, cookie: str | None, new_cookie: str, now: float, root: Root | None = None
    ) -> Opened:
        """Lets a browser in that has shown its right; inside a transaction.

        `root` is what a device or passkey goes back to; without one, this is a password or code of the delivery.
        """
        old, new = fingerprint(cookie) if cookie else None, fingerprint(new_cookie)
        self._challenges.admit(old, new, delivery.id, now, root or Root(delivery.id, now))
        self._store.persons.used(person_key(self._vault, delivery.recipient), now)
        self._opened(delivery, now)
        return Opened(new_cookie)

    def _opened(self, delivery: Delivery, now: float) -> None:
        wanted = self._settings.notices.opened or self._vault.wants_receipt(delivery.message_id, now)
        if delivery.state != "opened" and wanted:
            self._store.outbox.add("opened", delivery.id, about=delivery, when=now)
        self._store.opened(delivery, now)

    def _may_ask(self, delivery: Delivery, now: float) -> Asked | None:
        """None when a password may be sent now."""
        current = self._store.delivery(delivery.id)
        if current is None or self.ended(current):
            return Asked("limit")
        if current.level > 1:
            return Asked("code")
        if current.stopped_at:
            return Asked("stopped")
        if current.paused_until > now:
            return Asked("paused", _seconds(current.paused_until - now))
        if quiet := quiet_until(self._store.audit_log, current, now):
            return Asked("quiet", _seconds(quiet - now))
        made = [challenge.created_at for challenge in self._challenges.since(delivery.id, now - DAY_SECONDS)]
        if made and now - made[-1] < RECENT_SECONDS:
            return Asked("recent", _seconds(made[-1] + RECENT_SECONDS - now))
        if len(made) >= DAY_MOST:
            return Asked("limit", _seconds(made[-DAY_MOST] + DAY_SECONDS - now))
        if len(made) >= WINDOW_MOST and made[-WINDOW_MOST] > now - WINDOW_SECONDS:
            return Asked("limit", _seconds(made[-WINDOW_MOST] + WINDOW_SECONDS - now))
        return None

    def _shut(self, delivery: Delivery, now: float) -> Refused | None:
        """Why no password opens it now, whatever it is; None when one may."""
        if self.ended(delivery):
            return Refused("ended")
        if delivery.level > 1:
            return Refused("wrong")  # and nothing is counted: a pause forgives, and must not forgive wrong codes
        if delivery.stopped_at:
            return Refused("stopped")
        if delivery.paused_until > now:
            return Refused("paused", _seconds(delivery.paused_until - now))
        return None

    def _try(self, delivery_id: int, given: bytes, cookie: str | None, new_cookie: str) -> Opened | Refused:
        """One try at a password; runs inside a transaction, so tries at the same time all count."""
        now = self._clock()
        delivery = self._store.delivery(delivery_id)
        if delivery is None:
            return Refused("ended")
        if refusal := self._shut(delivery, now):
            return refusal
        live = _live(self._challenges.since(delivery.id, now - DAY_SECONDS), now)
        right = [challenge for challenge in live if hmac.compare_digest(challenge.hash, given)]
        if not right:
            failures = self._store.deliveries.fail(delivery.id)
            self._store.audit_log.record("wrong password", "recipient", now, about=delivery)
            if failures >= WRONG_MOST:
                self._store.deliveries.pause(delivery.id, now + PAUSE_SECONDS)
                self._store.audit_log.record("paused", "zegel", now, about=delivery)
                return Refused("paused", PAUSE_SECONDS)
            return Refused("wrong", tries_left=WRONG_MOST - failures)
        self._challenges.use(right[0].id, now)
        self._store.deliveries.forgive(delivery.id)
        return self.admit(delivery, cookie, new_cookie, now)


def link_token(key: bytes, delivery_id: int, generation: int) -> str:
    """The token in a delivery's link."""
    return token(key, "link", delivery_id, generation)


def sender_token(key: bytes, message_id: int) -> str:
    """The token in the link of a sender's page."""
    return token(key, "sender", message_id)


def new_cookie_value() -> str:
    """A fresh cookie for a browser: 256 random bits."""
    return secrets.token_urlsafe(32)


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else can use.

    >>> masked("jan.jansen@post.example")
    'j•••@post.example'
    """
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}"


def _live(challenges: list[Challenge], now: float) -> list[Challenge]:
    return [challenge for challenge in challenges if challenge.used_at is None and challenge.expires_at > now]


def _seconds(left: float) -> int:
    return max(1, math.ceil(left))
