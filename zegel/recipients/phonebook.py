"""Recipient -> mobile number, for the whole organisation.

A number stands sealed under a keyed hash of the address: whoever has the database can neither read numbers nor
see whether an address has one. Giving a number releases everything that waits for it, whoever sent it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from zegel.crypto import keyed_hash, seal, unseal
from zegel.mail.addresses import identity
from zegel.recipients.holds import Holds
from zegel.recipients.phone_numbers import masked
from zegel.recipients.preferences import passkey_owner, person_key
from zegel.vault.tables.records import Delivery, Phone
from zegel.vault.vault import Vault

ADMINISTRATOR = "administrator"
_AT_ONCE = 50
"""Numbers in a transaction: 0.1 s."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the phone book."""

    address: str
    number: str = field(repr=False)
    """E.164."""
    given_by: str
    given_at: float
    used_at: float
    changed_at: float


class Phonebook:
    """The numbers. `number` and `entries` read; the others may be called from any thread."""

    def __init__(self, vault: Vault, holds: Holds, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._holds = holds
        self._clock = clock

    def key(self, address: str) -> bytes:
        """Under what an address stands in the database."""
        return phone_key(self._vault.keys.lookup, address)

    def number(self, address: str) -> str | None:
        """The number of an address, however long ago it was used."""
        found = self._store.phones.find(self.key(address))
        return self._entry(found).number if found else None

    def numbers(self, addresses: Iterable[str]) -> dict[str, str]:
        """The numbers of those addresses that have one."""
        keys = {address: self.key(address) for address in addresses}
        found = self._store.phones.find_all(list(set(keys.values())))
        return {address: self._entry(found[key]).number for address, key in keys.items() if key in found}

    def entry(self, address: str) -> Entry | None:
        """The whole line of an address; None when it has none."""
        found = self._store.phones.find(self.key(address))
        return self._entry(found) if found else None

    def entries(self) -> Iterator[Entry]:
        """The whole book, in the order in which numbers were given."""
        return map(self._entry, self._store.phones.all())

    def piece(self, after: bytes, most: int) -> list[tuple[bytes, Entry]]:
        """Up to `most` lines behind the key `after`, each with its key; the order is none that says anything."""
        return [(each.address_hash, self._entry(each)) for each in self._store.phones.after(after, most)]

    def give(self, address: str, number: str, by: str) -> list[Delivery]:
        """Stores a number and releases what waits for it; the deliveries that were released."""
        return self.give_all([(address, number)], by)

    def give_all(self, numbers: list[tuple[str, str]], by: str) -> list[Delivery]:
        """The same for several, all or none."""
        return self._store.write(lambda: [one for pair in numbers for one in self.given(*pair, by)])

    def give_many(self, numbers: Sequence[tuple[str, str]], by: str) -> int:
        """The same for very many, some in a transaction, so that mail does not wait for all; how many were released.

        What was cut off can be repeated.
        """
        parts = (list(numbers[at : at + _AT_ONCE]) for at in range(0, len(numbers), _AT_ONCE))
        return sum(len(self.give_all(part, by)) for part in parts)

    def given(self, address: str, number: str, by: str) -> list[Delivery]:
        """What `give` does, for use inside a transaction."""
        now, key = self._clock(), self.key(address)
        before = self._store.phones.find(key)
        old = self._entry(before).number if before else None
        sealed = self._sealed(key, identity(address).text, number)
        changed = before is not None and old != number
        changed_at = now if changed else before.changed_at if before else 0.0
        self._store.phones.put(Phone(key, sealed, by, now, now, changed_at))
        self._store.audit_log.record("number given", by, now, address=identity(address).text, changed=changed)
        live = self._store.deliveries.live(identity(address).text, now, "sms")
        if before is not None and changed:
            self._changed(identity(address).text, live, number, by, {before.given_by}, now)
        for delivery in live:
            if delivery.stopped_why == "number":
                self._store.deliveries.resume(delivery.id)
        released = [delivery for delivery in live if self._holds.release(delivery, by, now)]
        if self._store.agreed.find(key) is None:
            self._holds.turn_all(identity(address).text, "agreed", "sms", now)
        return released

    def forget(self, address: str, by: str) -> bool:
        """Removes a number; False when there was none. Codes on their way to it end, and what codes opened."""
        return self._store.write(lambda: self.forgotten(address, by))

    def forgotten(self, address: str, by: str) -> bool:
        """What `forget` does, for use inside a transaction."""
        now, key, who = self._clock(), self.key(address), identity(address).text
        if not self._store.phones.forget(key):
            return False
        for delivery in self._store.deliveries.live(who, now, "sms"):
            self._store.challenges.end_all(delivery.id, now)
        self.end_what_codes_won(address, by, now)
        self._store.audit_log.record("number forgotten", by, now, address=who)
        if self._store.agreed.find(key) is not None:
            self._holds.turn_all(who, "sms", "agreed", now, self._store.agreed.locked_at(key))
        return True

    def _changed(self, address: str, live: list[Delivery], number: str, by: str, told: set[str], now: float) -> None:
        """Ends what the old number opened, and tells everybody who counted on it."""
        self.end_what_codes_won(address, by, now)
        for delivery in live:
            self._store.challenges.end_all(delivery.id, now)
            self._store.audit_log.record("number changed", by, now, about=delivery)
            message = self._store.message(delivery.message_id)
            told |= {message.sender} if message else set()
        for sender in sorted(told - {by, ADMINISTRATOR, ""}):
            payload = {"to": sender, "recipient": address, "number": masked(number), "by": by}
            self._vault.tell(payload, "number-changed", address, sender, now, when=now)

    def end_what_codes_won(self, address: str, by: str, now: float) -> None:
        """Sessions, passkeys and remembered devices that an old number or code won may be a stranger's.

        All sessions: one code opened the rest of its conversation too, also what takes a password.
        """
        for delivery_id, recipient in self._store.challenges.open_at():
            if identity(recipient) == identity(address):
                self._store.challenges.shut(delivery_id)
        if ended := self._store.passkeys.remove_all(passkey_owner(self._vault, address), level=2):
            self._store.audit_log.record("passkeys ended", by, now, address=identity(address).text, count=ended)
        if ended := self._store.devices.remove_of(person_key(self._vault, address), level=2):
            self._store.audit_log.record("devices ended", by, now, address=identity(address).text, count=ended)

    def _sealed(self, key: bytes, address: str, number: str) -> bytes:
        content = json.dumps({"address": address, "number": number}).encode()
        return seal(self._vault.keys.phone, content, "phone", key.hex())

    def _entry(self, phone: Phone) -> Entry:
        content = json.loads(unseal(self._vault.keys.phone, phone.sealed, "phone", phone.address_hash.hex()))
        return Entry(
            content["address"], content["number"], phone.given_by, phone.given_at, phone.used_at, phone.changed_at
        )


@lru_cache(maxsize=4096)
def phone_key(key: bytes, address: str) -> bytes:
    """Under what an address stands in the phone book, which `key` is that of look-ups for; it opens no entry.

    Kept because a sender's page asks for everybody's, several times."""
    return keyed_hash(key, "phone", identity(address).text)
