"""Passkeys: what a recipient may make after an unlock, and open the next messages with instead of a password or code.

A passkey is of an address, and opens what that address was sent: of the level of the session that it was made in, and
below. One that was made after a password never opens what takes a code. It opens nothing without the link.

What counts against passwords and codes counts here as follows. A pause after wrong passwords does not hold a passkey
up: the pause is there to make guessing slow, nobody guesses a signature, and anybody with the link could bring it
about to shut the owner out. A delivery that is locked or stopped stays closed: there somebody was told, and decides.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from zegel.crypto import fingerprint, keyed_hash, seal, unseal
from zegel.message.text.safe_names import safe_text
from zegel.recipients.preferences import passkey_owner
from zegel.settings.model import Settings
from zegel.unlock.access import Access, new_cookie_value
from zegel.unlock.standing import closed, standing
from zegel.unlock.way import Opened
from zegel.unlock.webauthn import Answer, NotValid, RelyingParty, read_made, read_used
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.passkeys import StoredPasskey, What
from zegel.vault.tables.records import Delivery, Root
from zegel.vault.vault import Vault

CHALLENGE_SECONDS = 5 * 60
WINDOW_SECONDS, ASKED_MOST = 10 * 60, 30
WRONG_MOST, REST_SECONDS = 10, 15 * 60
PASSKEYS_MOST = 10
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: int
    name: str
    level: int
    created_at: float
    used_at: float
    """As `created_at` when it was never used."""


@dataclass(frozen=True, slots=True)
class Added:
    """The passkey is there."""

    name: str


@dataclass(frozen=True, slots=True)
class PasskeyRefused:
    """Why there is no passkey, or why it does not open."""

    kind: Literal["stale", "wrong", "unknown", "level", "back", "often", "many", "there", "closed", "ended"]
    """"stale" is a challenge that is over or of another browser, "unknown" a passkey that is not this recipient's."""


class Passkeys:
    """Makes, lists, removes, opens. All that is counted is in the database."""

    def __init__(self, settings: Settings, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock
        portal = settings.portal
        self._party = RelyingParty.of(portal.url, settings.organisation.name) if portal.passkeys else None

    @property
    def offered(self) -> bool:
        """Whether there are passkeys: the settings want them, and the portal's address is one that they work at."""
        return self._party is not None

    def usable(self, delivery: Delivery) -> bool:
        """Whether its recipient has a passkey that opens this."""
        return (
            self.offered
            and not closed(delivery, self._clock())
            and self._store.passkeys.any(self._owner(delivery), delivery.level)
        )

    def of(self, delivery: Delivery) -> tuple[Passkey, ...]:
        """All that the recipient has, oldest first."""
        return tuple(self._shown(each) for each in self._store.passkeys.of(self._owner(delivery)))

    # Making one; the caller has seen that the browser is in.

    def ask_new(self, delivery: Delivery, cookie: str) -> str | PasskeyRefused:
        """What the browser needs to make a passkey, as JSON."""
        if self._party is None or closed(delivery, self._clock()):
            return PasskeyRefused("closed")
        owner = self._owner(delivery)
        known = self._store.passkeys.of(owner)
        if len(known) >= PASSKEYS_MOST:
            return PasskeyRefused("many")
        challenge = self._challenge("new passkey", delivery, cookie)
        if challenge is None:
            return PasskeyRefused("often")
        # One of a lower level may be made anew: on the same device it takes the place of the old one.
        there = [self._opened(each)[1] for each in known if each.level >= delivery.level]
        return self._party.creation(challenge, self._user(owner), delivery.recipient, there)

    def add(self, delivery: Delivery, cookie: str, answer: str, name: str, language: str) -> Added | PasskeyRefused:
        """Keeps the passkey that the browser made, at the level of `delivery`, and tells the recipient by mail."""
        try:
            read = read_made(answer)
        except NotValid:
            return PasskeyRefused("wrong")
        return self._store.write(lambda: self._add(delivery, cookie, read, _name(name), language))

    def rename(self, delivery: Delivery, passkey_id: int, name: str) -> bool:
        """Gives a passkey another name; False when there is none, or the name is empty."""
        owner, chosen = self._owner(delivery), _name(name)

        def rename() -> bool:
            found = next((each for each in self._store.passkeys.of(owner) if each.id == passkey_id), None)
            if found is None or not chosen:
                return False
            sealed = self._sealed(found.id, owner, found.level, chosen, self._opened(found)[1])
            self._store.passkeys.reseal(found.id, sealed)
            return True

        return self._store.write(rename)

    def remove(self, delivery: Delivery, passkey_id: int) -> bool:
        """Removes one of the recipient's passkeys; False when there is none."""

        def remove() -> bool:
            if not self._store.passkeys.remove(passkey_id, self._owner(delivery)):
                return False
            self._note("passkey removed", delivery, passkey_id)
            return True

        return self._store.write(remove)

    # Opening with one.

    def ask(self, delivery: Delivery, cookie: str) -> str | PasskeyRefused:
        """What the browser needs to use a passkey, as JSON."""
        if self._party is None or not self.usable(delivery):
            return PasskeyRefused("closed")
        if self._resting(delivery):
            return PasskeyRefused("often")
        challenge = self._challenge("passkey", delivery, cookie)
        return PasskeyRefused("often") if challenge is None else self._party.request(challenge)

    def open(self, link: str, answer: str, cookie: str) -> Opened | PasskeyRefused:
        """Lets the browser in when a passkey of the recipient signed what this browser was asked to have signed."""
        found = self._access.delivery(link)
        try:
            read = read_used(answer)
        except NotValid:
            return PasskeyRefused("wrong")
        if found is None:
            return PasskeyRefused("ended")
        new_cookie = new_cookie_value()
        return self._store.write(lambda: self._open(found.id, read, cookie, new_cookie))

    # Inside transactions.

    def _add(self, seen: Delivery, cookie: str, read: Answer, name: str, language: str) -> Added | PasskeyRefused:
        now = self._clock()
        delivery = self._store.delivery(seen.id)
        if delivery is None or standing(delivery, now) == "ended":
            return PasskeyRefused("ended")
        # The session was of the level that was seen; a level that was raised since then is not what it has shown.
        if self._party is None or closed(delivery, now) or delivery.level != seen.level:
            return PasskeyRefused("closed")
        if self._take("new passkey", delivery, cookie, read, now) is None:
            return PasskeyRefused("stale")
        owner = self._owner(delivery)
        if len(self._store.passkeys.of(owner)) >= PASSKEYS_MOST:
            return PasskeyRefused("many")
        try:
            made = self._party.made(read)
        except NotValid:
            return PasskeyRefused("wrong")
        id_ = secrets.randbits(63)
        sealed = self._sealed(id_, owner, delivery.level, name, made.credential)
        root = self._store.challenges.root(fingerprint(cookie), delivery.id) or Root(delivery.id, now)
        new = StoredPasskey(
            id_, owner, delivery.level, sealed, made.sign_count, now, now, root=root.delivery, root_at=root.at
        )
        if not self._store.passkeys.add(new, sha256(made.id).digest()):
            return PasskeyRefused("there")
        self._note("passkey added", delivery, id_, level=delivery.level)
        self._tell(delivery, id_, name, language, now)
        return Added(name)

    def _open(self, delivery_id: int, read: Answer, cookie: str, new_cookie: str) -> Opened | PasskeyRefused:
        now = self._clock()
        delivery = self._store.delivery(delivery_id)
        if delivery is None or standing(delivery, now) == "ended":
            return PasskeyRefused("ended")
        if self._party is None or closed(delivery, now):
            return PasskeyRefused("closed")
        if self._resting(delivery):
            return PasskeyRefused("often")
        challenge = self._take("passkey", delivery, cookie, read, now)
        if challenge is None:
            return PasskeyRefused("stale")
        owner, key = self._owner(delivery), self._store.passkeys.find(sha256(read.id).digest())
        if key is None or key.owner != owner:
            return self._missed("unknown", delivery, challenge)
        try:
            count = self._party.used(read, self._opened(key)[1], self._user(owner))
        except NotValid:
            return self._missed("wrong", delivery, challenge, key.id)
        if key.level < delivery.level:
            return PasskeyRefused("level")
        if (count or key.sign_count) and count <= key.sign_count:
            # A copy of it was used (section 6.1.1); those that are on several devices by design all count 0.
            return self._missed("back", delivery, challenge, key.id)
        self._store.passkeys.used(key.id, count, now)
        self._note("passkey used", delivery, key.id)
        return self._access.admit(delivery, cookie, new_cookie, now, Root(key.root, key.root_at))

    def _missed(
        self, why: Literal["unknown", "wrong", "back"], delivery: Delivery, challenge: int, passkey_id: int = 0
    ) -> PasskeyRefused:
        self._store.challenges.miss(challenge)
        self._note("wrong passkey", delivery, passkey_id, why=why)
        return PasskeyRefused(why)

    def _tell(self, delivery: Delivery, passkey_id: int, name: str, language: str, now: float) -> None:
        """A mail of no message: it has to arrive also when the message is withdrawn right after."""
        payload = {"to": delivery.recipient, "name": name, "at": now, "level": delivery.level, "language": language}
        self._vault.tell(payload, "passkey-added", passkey_id, when=now, delivery=delivery.id)

    def _note(self, event: EventName, delivery: Delivery, passkey_id: int, **more: Any) -> None:
        self._store.audit_log.record(
            event, "recipient", self._clock(), about=delivery,
            passkey=passkey_id, **more,
        )  # fmt: skip

    # How.

    def _challenge(self, what: What, delivery: Delivery, cookie: str) -> bytes | None:
        """256 random bits to sign, for this browser and delivery; None when there were too many."""
        fresh, id_ = secrets.token_bytes(32), secrets.randbits(63)
        hashed, browser = sha256(fresh).digest(), fingerprint(cookie)

        def ask() -> bool:
            now, table = self._clock(), self._store.passkeys
            if len(table.asked(what, delivery.id, now - WINDOW_SECONDS)) >= ASKED_MOST:
                return False
            table.ask(what, id_, delivery.id, hashed, browser, now, now + CHALLENGE_SECONDS)
            return True

        return fresh if self._store.write(ask) else None

    def _take(self, what: What, delivery: Delivery, cookie: str, read: Answer, now: float) -> int | None:
        hashed = sha256(read.challenge).digest()
        return self._store.passkeys.take(what, delivery.id, hashed, fingerprint(cookie), now)

    def _resting(self, delivery: Delivery) -> bool:
        since = self._clock() - REST_SECONDS
        return len(self._store.passkeys.asked("passkey", delivery.id, since, wrong=True)) >= WRONG_MOST

    def _owner(self, delivery: Delivery) -> bytes:
        return passkey_owner(self._vault, delivery.recipient)

    def _user(self, owner: bytes) -> bytes:
        """What passkeys call their user: 256 bits that say nothing without the key, and the same for all of one."""
        return keyed_hash(self._vault.keys.passkey, "user", owner)

    def _sealed(self, id_: int, owner: bytes, level: int, name: str, credential: bytes) -> bytes:
        content = {"name": name, "credential": base64.b64encode(credential).decode("ascii")}
        return seal(self._vault.keys.passkey, json.dumps(content).encode(), "passkey", id_, owner.hex(), level)

    def _opened(self, stored: StoredPasskey) -> tuple[str, bytes]:
        """Name and credential. Raises SealBroken for a row that was given another owner or level."""
        place = (stored.id, stored.owner.hex(), stored.level)
        content = json.loads(unseal(self._vault.keys.passkey, stored.sealed, "passkey", *place))
        return content["name"], base64.b64decode(content["credential"])

    def _shown(self, stored: StoredPasskey) -> Passkey:
        name = self._opened(stored)[0]
        return Passkey(stored.id, name, stored.level, stored.created_at, stored.used_at)


def _name(given: str) -> str:
    return safe_text(given, NAME_LENGTH).strip()
