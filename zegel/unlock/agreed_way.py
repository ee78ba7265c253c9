"""The way in by a code that sender and recipient agreed on.

How good a guess is. A code takes LEAST_GUESSES tries by somebody who tries likely ones first, or it is not taken. The
recipient has ten wrong tries, counted with the code and not with the message: more messages bring no more tries. Then
it is locked until a sender unblocks it. Someone with a link who uses all of it gets in with

    10 / 10^8  =  1 in 10,000,000

and then meets a person. Waiting for the owner brings no tries either: a right code forgives the wrong ones of its own
browser only.

A wrong link takes as long as a wrong code, and what is refused whatever was typed is refused before anything is hashed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from zegel.crypto import fingerprint
from zegel.recipients.agreed_text import as_compared
from zegel.recipients.phonebook import Phonebook
from zegel.unlock import passwords
from zegel.unlock.access import Access, new_cookie_value
from zegel.unlock.agreed_codes import AgreedCodes
from zegel.unlock.standing import standing
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.ids import new_id
from zegel.vault.tables.records import Delivery
from zegel.vault.vault import Vault

WRONG_MOST = 10


class AgreedWay:
    """The way in by an agreed code."""

    def __init__(
        self, vault: Vault, access: Access, codes: AgreedCodes, phonebook: Phonebook, clock: Callable[[], float]
    ) -> None:
        self._store = vault.store
        self._access = access
        self._codes = codes
        self._phonebook = phonebook
        self._clock = clock

    def question(self, delivery: Delivery) -> str:
        """What the code answers; "" when it is a code, or none is known."""
        found = self._codes.entry(delivery.recipient)
        return found.question if found else ""

    def ready(self, delivery: Delivery) -> bool:
        """Whether a code is known."""
        return self._codes.entry(delivery.recipient) is not None

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        """Sends nothing: the recipient was told the code by the sender."""
        now, current = self._clock(), self._store.delivery(delivery.id)
        if current is None or (stands := standing(current, now)) == "ended":
            return Asked("ended")
        if current.way != "agreed":
            return Asked("other way")
        if stands in ("locked", "stopped"):
            return Asked(stands)
        return Asked("known" if stands != "held" and self.ready(current) else "no number")

    def enter(self, link: str, typed: str, cookie: str) -> Opened | Refused:
        """Lets the browser in when it is the code, or the answer. It works again: it is the recipient's own."""
        plain = as_compared(typed)
        if not plain:
            return Refused("empty")
        found = self._access.delivery(link)
        if found is None:
            passwords.hash_for_nothing(plain)
            return Refused("unknown")
        if refusal := self._shut(found, self._clock()):
            return refusal
        code = self._codes.entry(found.recipient)
        if code is None:
            return Refused("none")
        try:
            given = passwords.password_hash(plain, code.salt)
        except passwords.Busy:
            return Refused("busy")
        new_cookie = new_cookie_value()
        return self._store.write(lambda: self._try(found.id, given, code.salt, cookie, new_cookie))

    def _shut(self, delivery: Delivery, now: float) -> Refused | None:
        """Why no code opens it now, whatever it is; None when one may. A pause is of passwords."""
        stands = standing(delivery, now)
        if stands == "ended":
            return Refused("ended")
        if delivery.way != "agreed":
            return Refused("wrong")  # and nothing is counted
        if stands == "locked":
            return Refused("locked")
        return Refused("stopped") if stands in ("stopped", "held") else None

    def _try(self, delivery_id: int, given: bytes, salt: bytes, cookie: str, new_cookie: str) -> Opened | Refused:
        """One try; runs inside a transaction, so tries at the same time all count."""
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        if delivery is None:
            return Refused("ended")
        if refusal := self._shut(delivery, now):
            return refusal
        code, key = self._codes.entry(delivery.recipient), self._phonebook.key(delivery.recipient)
        if code is None:
            return Refused("none")
        if code.locked_at:
            return Refused("locked")
        if code.salt != salt:
            return Refused("busy")  # another one was set meanwhile
        browser = fingerprint(cookie)
        if hmac.compare_digest(code.hash, given):
            forgiven = self._store.challenges.forgive_agreed(delivery.id, browser)
            self._store.agreed.right(key, forgiven, now)
            return self._access.admit(delivery, cookie, new_cookie, now)
        self._store.challenges.miss_agreed(new_id(now), delivery.id, browser, now)
        self._store.audit_log.record("wrong code", "recipient", now, about=delivery)
        failures = self._store.agreed.fail(key)
        if failures < WRONG_MOST:
            return Refused("wrong", tries_left=WRONG_MOST - failures)
        self._codes.locked(delivery.recipient, delivery, now)
        return Refused("locked")
