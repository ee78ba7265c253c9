"""Recipient -> agreed code, for the whole organisation: for who has no mobile phone.

A sender sets it once and tells it by telephone or on paper; it is in no mail and stored nowhere. Here is its argon2id
hash, sealed under a key that is not in the database: whoever has the database alone cannot even try codes.

It is the recipient's, as a number is: another sender's next message opens with it too, and all of a recipient's
messages share ten wrong tries.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from zegel.crypto import seal, unseal
from zegel.mail.addresses import identity
from zegel.recipients.agreed_text import as_compared
from zegel.recipients.holds import Holds
from zegel.recipients.phonebook import ADMINISTRATOR, Phonebook
from zegel.recipients.preferences import as_line
from zegel.unlock import passwords
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.records import AgreedRow, Delivery
from zegel.vault.vault import Vault
from zegel.way_names import OF_LEVEL_2


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to be stored, as its hash."""

    hash: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    question: str = ""
    """What it answers; "" for a code."""


@dataclass(frozen=True, slots=True)
class AgreedEntry:
    """The agreed code of an address."""

    address: str
    question: str
    hash: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    given_by: str
    given_at: float
    used_at: float
    locked_at: float


def new_code(typed: str, question: str = "") -> NewCode:
    """Hashes what was typed; some 50 ms, so never inside a transaction. Raises passwords.Busy."""
    salt = secrets.token_bytes(16)
    return NewCode(passwords.password_hash(as_compared(typed), salt), salt, as_line(question))


class AgreedCodes:
    """The codes. `entry`, `known` and `entries` read; the others may be called from any thread."""

    def __init__(self, vault: Vault, phonebook: Phonebook, holds: Holds, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._phonebook = phonebook
        self._holds = holds
        self._clock = clock

    def entry(self, address: str) -> AgreedEntry | None:
        found = self._store.agreed.find(self._phonebook.key(address))
        return self._entry(found) if found else None

    def known(self, addresses: Iterable[str]) -> set[str]:
        """Those of `addresses` that have a code."""
        keys = {address: self._phonebook.key(address) for address in addresses}
        found = self._store.agreed.known(list(set(keys.values())))
        return {address for address, key in keys.items() if key in found}

    def entries(self) -> Iterator[AgreedEntry]:
        """All of them, in the order in which they were set."""
        return map(self._entry, self._store.agreed.all())

    def agree(self, address: str, code: NewCode, by: str, *, instead: bool = False) -> list[Delivery]:
        """Sets a code, or another one, and releases what waits for it; the deliveries that were released.

        A known number goes on being used, unless the code comes `instead` of it: then the number is forgotten.
        """
        return self._store.write(lambda: self.agreed(address, code, by, instead=instead))

    def agree_all(self, codes: list[tuple[str, NewCode]], by: str) -> list[Delivery]:
        """The same for several, all or none."""
        return self._store.write(lambda: [one for address, code in codes for one in self.agreed(address, code, by)])

    def agreed(self, address: str, code: NewCode, by: str, *, instead: bool = False) -> list[Delivery]:
        """What `agree` does, for use inside a transaction."""
        now, key, who = self._clock(), self._phonebook.key(address), identity(address).text
        before, number = self._store.agreed.find(key), self._store.phones.find(key)
        live = self._store.deliveries.live(who, now, *OF_LEVEL_2)
        self._store.agreed.put(AgreedRow(key, self._sealed(key, who, code), by, now, now))
        self._store.audit_log.record("code agreed", by, now, address=who, changed=before is not None)
        ended = [each for each in live if before and each.way == "agreed"]
        told = {before.given_by: 0} if before else {}
        if number is not None and instead:
            self._phonebook.forgotten(address, by)
            ended += [each for each in live if each.way == "sms" and each.state != "held"]
            told.setdefault(number.given_by, 0)
        if ended or before:
            self._ended(who, ended, by, told, "changed", now)
        left = number is None or instead
        for each in live:
            if each.way == "agreed":
                self._store.deliveries.unlock(each.id)
            elif left or each.state == "held" or each.stopped_why == "number":
                self._holds.turn(each, "agreed", now)
                if each.stopped_why == "number":
                    self._store.deliveries.resume(each.id)
        return [each for each in live if self._holds.release(each, by, now, "agreed")]

    def withdraw(self, address: str, by: str) -> bool:
        """Removes a code, what it opened ends; False when there was none. With a number, SMS take its place."""
        now, key, who = self._clock(), self._phonebook.key(address), identity(address).text

        def withdraw() -> bool:
            before = self._store.agreed.find(key)
            if before is None or not self._store.agreed.forget(key):
                return False
            live = self._store.deliveries.live(who, now, "agreed")
            self._store.audit_log.record("agreed code withdrawn", by, now, address=who)
            self._ended(who, live, by, {before.given_by: 0}, "withdrawn", now)
            for each in live:
                self._store.deliveries.unlock(each.id)
            if self._store.phones.find(key) is not None:
                self._holds.turn_all(who, "agreed", "sms", now)
            return True

        return self._store.write(withdraw)

    def unblock(self, address: str, by: str) -> bool:
        """Forgives the wrong tries; False when nothing was locked."""
        return self._store.write(lambda: self.unblocked(address, by))

    def unblocked(self, address: str, by: str) -> bool:
        """What `unblock` does, for use inside a transaction: for everything that the code opens."""
        now, key = self._clock(), self._phonebook.key(address)
        live = self._store.deliveries.live(identity(address).text, now, "agreed")
        locked = [each for each in live if each.locked_at]
        if not locked and not self._store.agreed.locked_at(key):
            return False
        self._store.agreed.unlock(key)
        for each in locked:
            self._store.deliveries.unlock(each.id)
            self._store.audit_log.record("unblocked", by, now, about=each)
        return True

    def locked(self, address: str, at: Delivery, now: float) -> None:
        """Locks a code, and with it everything that it opens; each sender is told once. Inside a transaction."""
        self._store.agreed.lock(self._phonebook.key(address), now)
        told: set[str] = set()
        live = self._store.deliveries.live(identity(address).text, now, "agreed")
        for each in sorted(live, key=lambda each: (each.id != at.id, -each.id)):  # where it was typed, then the newest
            self._store.deliveries.lock(each.id, now)
            self._store.audit_log.record("locked", "zegel", now, about=each)
            message = self._store.message(each.message_id)
            if message is not None and message.sender not in told:
                told.add(message.sender)
                self._store.outbox.add("locked", each.id, now, about=each, when=now)

    def _ended(
        self,
        who: str,
        live: list[Delivery],
        by: str,
        told: dict[str, int],
        what: Literal["changed", "withdrawn"],
        now: float,
    ) -> None:
        """Ends what was opened until now, and tells everybody else who counted on it, with their newest message."""
        self._phonebook.end_what_codes_won(who, by, now)
        for each in live:
            self._store.challenges.end_all(each.id, now)
            event: EventName = "agreed code changed" if what == "changed" else "agreed code withdrawn"
            self._store.audit_log.record(event, by, now, about=each)
            message = self._store.message(each.message_id)
            if message is not None:
                told[message.sender] = max(told.get(message.sender, 0), message.id)
        for sender in sorted(told.keys() - {by, ADMINISTRATOR, ""}):
            payload = {"to": sender, "recipient": who, "what": what, "by": by, "message": told[sender]}
            self._vault.tell(payload, "code-changed", who, sender, what, now, when=now)

    def _sealed(self, key: bytes, address: str, code: NewCode) -> bytes:
        content = {"address": address, "question": code.question, "hash": code.hash.hex(), "salt": code.salt.hex()}
        return seal(self._vault.keys.phone, json.dumps(content).encode(), "agreed", key.hex())

    def _entry(self, row: AgreedRow) -> AgreedEntry:
        content = json.loads(unseal(self._vault.keys.phone, row.sealed, "agreed", row.address_hash.hex()))
        return AgreedEntry(
            content["address"],
            content["question"],
            bytes.fromhex(content["hash"]),
            bytes.fromhex(content["salt"]),
            row.given_by,
            row.given_at,
            row.used_at,
            row.locked_at,
        )
