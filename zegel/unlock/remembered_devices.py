"""Remembered devices: browsers that open a recipient's messages without a password or code, for some days.

A browser shows a cookie of 256 random bits, of which only the hash is kept. It counts for the address that it was won
for and up to the level that it was won at. Each use replaces the cookie. The one before is good for a minute more, for
an answer that was lost on the way; whoever brings it later has an old copy, and the device is forgotten for both.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zegel.crypto import fingerprint, seal, token, unseal
from zegel.mail.addresses import identity
from zegel.recipients.preferences import person_key
from zegel.settings.model import Settings
from zegel.unlock.access import Access, new_cookie_value
from zegel.unlock.standing import closed
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.records import Delivery, DeviceRow, Root
from zegel.vault.vault import Vault

DAY = 86_400
GRACE_SECONDS = 60
SAME_SECONDS = 60
"""How long after a password was typed the box that remembers the device can come, at most."""
MOST = 20
"""Devices of one address; one more takes the place of the one that was used longest ago."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a browser says it is, in names that need no translation; "" for what it does not say."""

    browser: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A remembered browser."""

    id: int
    kind: Kind
    level: int
    added_at: float
    used_at: float
    ends_at: float
    here: bool = False
    """Whether it is the browser that asks."""


@dataclass(frozen=True, slots=True)
class Let:
    """The browser is in, and keeps these cookies."""

    cookie: str = field(repr=False)
    device: str = field(repr=False)
    """Replaces the device's cookie; "" leaves it as it is."""


class Devices:
    """Remembers, lets in, forgets."""

    def __init__(self, settings: Settings, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._table = vault.store.devices
        self._access = access
        self._clock = clock

    @property
    def seconds(self) -> float:
        """How long a device is remembered; 0 when none is."""
        return float(self._settings.portal.remember_days * DAY)

    def knows(self, cookie: str, delivery: Delivery) -> bool:
        """Whether a browser with this device cookie may open a delivery as it is; a cheap read."""
        return self._row(cookie, delivery, self._clock()) is not None

    def let_in(self, cookie: str, delivery: Delivery, session: str) -> Let | None:
        """Opens a delivery in a remembered browser, whose session cookie is replaced; None when it may not."""
        new_session, new_device = new_cookie_value(), new_cookie_value()
        return self._store.write(lambda: self._let_in(cookie, delivery.id, session, new_session, new_device))

    def remember(self, delivery: Delivery, cookie: str, kind: Kind, language: str) -> str:
        """Remembers the browser that has just opened `delivery` with a password or code; its new device cookie.

        `cookie` is the one that it brought, or "". Its owner gets a mail when the device is new, or may open more.
        """
        new = new_cookie_value()
        self._store.write(lambda: self._remember(delivery, cookie, new, kind, language))
        return new

    def of(self, delivery: Delivery, cookie: str = "") -> list[Device]:
        """The devices of a delivery's recipient; `cookie` is that of the browser that asks."""
        now, hashed = self._clock(), fingerprint(cookie) if cookie else b""
        rows = self._table.of(person_key(self._vault, delivery.recipient))
        return [self._device(row, row.cookie_hash == hashed) for row in rows if self._lives(row, now)]

    def remove(self, delivery: Delivery, device_id: int) -> bool:
        """Forgets one device of a delivery's recipient; False when they have no such device."""

        def remove() -> bool:
            row = self._table.by_id(device_id)
            if row is None or row.address_hash != person_key(self._vault, delivery.recipient):
                return False
            self._table.remove(device_id)
            self._note("device removed", delivery)
            return True

        return self._store.write(remove)

    def forget(self, cookie: str) -> None:
        """Forgets the browser with this cookie, for all its addresses."""
        hashed = fingerprint(cookie)
        self._store.write(lambda: self._table.remove_cookie(hashed))

    def sign_out_everywhere(self, delivery: Delivery) -> None:
        """Ends every session of a delivery's recipient, and forgets all their devices."""

        def sign_out() -> None:
            self._table.remove_of(person_key(self._vault, delivery.recipient))
            self._shut(lambda recipient: identity(recipient) == identity(delivery.recipient))
            self._note("signed out everywhere", delivery)

        self._store.write(sign_out)

    # By the link in the mail about a new device.

    def link(self, device_id: int) -> str:
        """The address of the page that removes a device."""
        return f"{self._settings.portal.url}/d/{token(self._vault.keys.link, 'device', device_id)}"

    def by_id(self, device_id: int) -> Device | None:
        """A device, as the mail about it tells it."""
        row = self._table.by_id(device_id)
        return self._device(row) if row is not None and self._lives(row, self._clock()) else None

    def by_link(self, link: str) -> Device | None:
        """The device of such a link; None when there is none, any more or at all."""
        row = self._table.by_link(fingerprint(link))
        return self._device(row) if row is not None and self._lives(row, self._clock()) else None

    def disown(self, link: str) -> bool:
        """Its owner does not know the device: it is forgotten, and every session of their address ends."""

        def disown() -> bool:
            row = self._table.by_link(fingerprint(link))
            if row is None:
                return False
            self._table.remove(row.id)
            self._shut(lambda recipient: person_key(self._vault, recipient) == row.address_hash)
            if row.root:  # passkeys that were made in it, or in what the same password opened beside it
                self._store.passkeys.remove_root(row.root, row.root_at - SAME_SECONDS)
            self._store.audit_log.record("device disowned", "recipient", self._clock())
            return True

        return self._store.write(disown)

    # Inside transactions.

    def _let_in(self, cookie: str, delivery_id: int, session: str, new_session: str, new_device: str) -> Let | None:
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        if delivery is None:
            return None
        row = self._row(cookie, delivery, now)
        if row is None:
            self._betrayed(cookie, delivery, now)
            return None
        current = row.cookie_hash == fingerprint(cookie)
        if current:
            self._table.rotate(row.cookie_hash, fingerprint(new_device), now)
        self._table.used(row.id, now)
        self._note("device used", delivery)
        opened = self._access.admit(delivery, session, new_session, now, Root(row.root, row.root_at))
        return Let(opened.cookie, new_device if current else "")

    def _betrayed(self, cookie: str, delivery: Delivery, now: float) -> None:
        """A cookie that was replaced some time ago: one of two who have it is not the owner."""
        row = self._table.by_cookie(fingerprint(cookie), person_key(self._vault, delivery.recipient))
        if row is not None and row.cookie_hash != fingerprint(cookie) and now > row.rotated_at + GRACE_SECONDS:
            self._table.remove_cookie(fingerprint(cookie))
            self._note("device removed", delivery, why="an old cookie was shown")

    def _remember(self, delivery: Delivery, cookie: str, new: str, kind: Kind, language: str) -> None:
        now, key, hashed = self._clock(), person_key(self._vault, delivery.recipient), fingerprint(new)
        if not self.seconds:
            return
        if cookie:
            self._table.rotate(fingerprint(cookie), hashed, now)
        mine = self._table.by_cookie(hashed, key)
        if mine is not None and mine.level >= delivery.level and self._lives(mine, now):
            if mine.level == delivery.level:  # less was shown just now than it opens: that makes it no longer
                self._table.renew(mine.id, now)
            return
        if mine is not None:
            self._table.remove(mine.id)
        for old in self._table.of(key)[MOST - 1 :]:
            self._table.remove(old.id)
        id_ = secrets.randbits(63)
        sealed = seal(self._vault.keys.person, json.dumps([kind.browser, kind.system]).encode(), "device", id_)
        row = DeviceRow(id_, key, hashed, b"", now, delivery.level, now, now, sealed, root=delivery.id, root_at=now)
        self._table.add(row, fingerprint(token(self._vault.keys.link, "device", id_)))
        self._note("device remembered", delivery, level=delivery.level)
        self._tell_owner(id_, delivery, language, now)

    def _tell_owner(self, device_id: int, delivery: Delivery, language: str, now: float) -> None:
        payload = {"to": delivery.recipient, "device": device_id, "language": language}
        self._vault.tell(payload, "new-device", device_id, when=now)

    def _shut(self, whose: Callable[[str], bool]) -> None:
        for delivery_id, recipient in self._store.challenges.open_at():
            if whose(recipient):
                self._store.challenges.shut(delivery_id)

    # Reading.

    def _row(self, cookie: str, delivery: Delivery, now: float) -> DeviceRow | None:
        """The device behind a cookie, when it may open the delivery."""
        if not cookie or not self.seconds or closed(delivery, now):
            return None
        hashed = fingerprint(cookie)
        row = self._table.by_cookie(hashed, person_key(self._vault, delivery.recipient))
        if row is None or not self._lives(row, now) or row.level < delivery.level:
            return None
        return row if row.cookie_hash == hashed or now <= row.rotated_at + GRACE_SECONDS else None

    def _lives(self, row: DeviceRow, now: float) -> bool:
        """Whether it is still remembered, by the settings of today."""
        return row.created_at + self.seconds > now

    def _device(self, row: DeviceRow, here: bool = False) -> Device:
        kind = Kind(*json.loads(unseal(self._vault.keys.person, row.sealed, "device", row.id)))
        ends_at = row.created_at + self.seconds
        return Device(row.id, kind, row.level, row.created_at, row.used_at, ends_at, here)

    def _note(self, event: EventName, delivery: Delivery, **details: Any) -> None:
        self._store.audit_log.record(event, delivery.recipient, self._clock(), about=delivery, **details)
