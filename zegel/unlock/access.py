"""Who may open what, now: links, and sessions that were won in one of the ways in."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zegel.crypto import fingerprint, keyed_hash, token
from zegel.recipients.preferences import person_key
from zegel.settings.model import Settings
from zegel.unlock import passwords
from zegel.unlock.conversation_unlock import began_elsewhere
from zegel.unlock.standing import standing
from zegel.unlock.way import Opened
from zegel.vault.headline import Headline
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Root, Scope
from zegel.vault.vault import Vault
from zegel.way_names import WayName

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
    way: WayName = "password"
    written_first: bool = False
    """Whether the recipient writes first, to the sender, who has sent nothing."""
    from_address: str = ""
    """What stands below the sender's name."""
    told: str = ""
    """Who is asked and told about it: the sender, or where a recipient replied to the others, the one they answered."""


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
        return standing(delivery, self._clock()) == "ended"

    def can_be_recalled(self, delivery: Delivery) -> bool:
        """Whether its sender can take it back: it can be opened, or was released and has not left yet."""
        leaving = delivery.state == "clearing" and delivery.expires_at > self._clock()
        return leaving or not self.ended(delivery)

    def at_rest(self, delivery: Delivery) -> bool:
        """Whether nobody can open it for now: not meant for them, locked, held, or paused after wrong passwords."""
        return standing(delivery, self._clock()) not in ("ended", "open")

    def destroyed(self, message: int) -> bool:
        """Whether the content of a message is gone for good; one that has just expired may still be kept longer."""
        try:
            self._vault.data_key(message, self._clock())
        except KeyGone:
            return True
        return False

    def card(self, delivery: Delivery) -> Card:
        message = self._store.message(delivery.message_id)
        try:
            headline = self._vault.headline(delivery.message_id, self._clock())
        except KeyGone:
            headline = Headline()
        address, shared = (message.sender, message.shared) if message else ("", False)
        return Card(
            sender=headline.name or address,
            sender_address=address,
            from_address=(headline.author or "") if shared else address,
            told=address if shared else headline.name or address,
            recipient_masked=masked(delivery.recipient),
            subject=headline.told_subject if self._settings.portal.show_subject else "",
            scope=message.scope if message else "message",
            expires_at=delivery.expires_at,
            way=delivery.way,
            written_first=message is not None and message.kind == "write",
        )

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
        message = self._store.message(delivery.message_id)
        wanted = self._settings.notices.opened or self._vault.wants_receipt(delivery.message_id, now)
        if delivery.state != "opened" and wanted and not (message and message.shared):
            self._store.outbox.add("opened", delivery.id, about=delivery, when=now)
        self._store.opened(delivery, now)


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
