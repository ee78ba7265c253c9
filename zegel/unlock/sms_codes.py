"""The way in by a code: sent by SMS, bound to the browser that asked, and their limits.

A code follows from a random nonce by a key that is not in the database, so it is stored nowhere and can be sent again.
Everything is counted in the database, inside the transaction that decides.

How good a guess is. A code has six digits, so a try is right once in a million. A try is held against the one code
that its browser asked for last, never against others. A code takes five tries (all different, at best), so guessing
at one succeeds with 5 / 10^6; a delivery takes 25 wrong tries, that is five codes, before it is locked until the
sender unblocks it. Someone with the link who uses all of it gets in with

    1 - (1 - 5 / 10^6)^5  <  2.5 in 100,000

and then meets a person. More requests do not help: they are limited per phone, and bring no tries. Nor does waiting for
the owner: a right code forgives the wrong tries of its own browser only.
"""

from __future__ import annotations

import hmac
import math
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from zegel.crypto import fingerprint, keyed_hash
from zegel.recipients.phone_numbers import is_landline, masked
from zegel.recipients.phonebook import Phonebook
from zegel.settings.model import Settings
from zegel.sms.reports import meaning
from zegel.unlock.access import Access, new_cookie_value
from zegel.unlock.objections import quiet_until
from zegel.unlock.sms_limits import APART_SECONDS, SmsLimits
from zegel.unlock.standing import standing
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.ids import new_id
from zegel.vault.keyring import day_of
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.outbox_kinds import KindName
from zegel.vault.tables.records import CodeChallenge, Delivery, Text, TextState
from zegel.vault.vault import Vault

DIGITS = 6
CODE_SECONDS = 10 * 60
REUSED_UNTIL = 2 * 60
"""A code that lives shorter than this is not sent again: a new one is made."""
TRIES, TRIES_IN_A_ROW = 5, 25


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the code of a browser is now."""

    kind: Literal["none", "waiting", "trouble", "unsure", "sent", "delivered", "failed"]
    ends_at: float = 0.0
    again_in: int = 0
    """Seconds until asking does something; 0 is now."""
    tries_left: int = 0


class Codes:
    """Asks, sends again, checks. All of it is safe to repeat, and capped."""

    def __init__(
        self, settings: Settings, vault: Vault, access: Access, phonebook: Phonebook, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._store = vault.store
        self._challenges = vault.store.challenges
        self._access = access
        self._phonebook = phonebook
        self._limits = SmsLimits(settings, vault)
        self._clock = clock

    def number(self, delivery: Delivery) -> str:
        """Where codes go, masked; "" when no number is known."""
        number = self._phonebook.number(delivery.recipient)
        return masked(number) if number else ""

    def by_call(self, delivery: Delivery) -> bool:
        """Whether codes are told by a call, because the number is of a landline."""
        return self._settings.sms.calls and is_landline(self._phonebook.number(delivery.recipient) or "")

    def ready(self, delivery: Delivery) -> bool:
        """Whether a number is known."""
        return self._phonebook.number(delivery.recipient) is not None

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        """Sends this browser a code, or its live code once more, unless the limits say no."""
        if self._settings.sms.served < 2:
            return Asked("off")
        browser = fingerprint(cookie)
        return self._store.write(lambda: self._ask(delivery.id, browser, language))

    def progress(self, delivery: Delivery, cookie: str) -> Progress:
        """The truth about this browser's code, now."""
        now = self._clock()
        mine = self._live(delivery.id, fingerprint(cookie), now)
        number = self._phonebook.number(delivery.recipient)
        too_soon = self._limits.too_soon(number, now) if number else None
        again_in = too_soon.seconds if too_soon else 0
        if mine is None:
            return Progress("none", again_in=again_in)
        text = self._store.texts.newest(mine.id)
        return Progress(self._whereabouts(text), mine.expires_at, again_in, TRIES - mine.tries)

    def enter(self, link: str, typed: str, cookie: str) -> Opened | Refused:
        """Lets the browser in when it asked for the code that was typed; a right code ends by its use."""
        digits = as_typed(typed)
        if len(digits) != DIGITS:
            return Refused("empty")
        found = self._access.delivery(link)
        if found is None:
            return Refused("unknown")
        new_cookie = new_cookie_value()
        return self._store.write(lambda: self._enter(found.id, digits, cookie, new_cookie))

    def report(self, reference: str, status: str) -> bool:
        """Takes a gateway's delivery report; False when it is about no SMS of ours."""
        hashed, told = fingerprint(reference), meaning(status)
        if self._store.texts.by_reference(hashed) is None:
            return False

        def note() -> None:
            text = self._store.texts.by_reference(hashed)
            if text is None or not told or not self._store.texts.move(text.id, _UNDER_WAY, told):
                return
            challenge = self._challenges.code(text.challenge_id)
            delivery = self._store.delivery(challenge.delivery_id) if challenge else None
            if delivery is None:
                return
            if told == "failed":
                self.failed(delivery, "the network could not deliver it")
            else:
                self._note("code delivered", delivery, self._clock(), "gateway")

        self._store.write(note)
        return True

    # What the courier needs, inside its transactions.

    def code(self, challenge: CodeChallenge) -> str:
        """The digits of a challenge: HMAC-SHA256 mod 10^6, which favours no code by more than 2^-236."""
        number = int.from_bytes(keyed_hash(self._vault.keys.code, challenge.delivery_id, challenge.nonce), "big")
        return f"{number % 10**DIGITS:0{DIGITS}}"

    def reference(self, text_id: int) -> str:
        """What the gateway knows an SMS by: 32 signs that nobody can guess, so it is also what proves a report."""
        return keyed_hash(self._vault.keys.code, "reference", text_id)[:16].hex()

    def failed(self, delivery: Delivery, why: str) -> None:
        """Notes that an SMS cannot be delivered, and tells the sender, once a day for each recipient."""
        now = self._clock()
        self._tell_sender("code-failed", delivery, "code failed", "gateway", now, once_a_day=True, why=why)

    # Inside transactions.

    def _ask(self, delivery_id: int, browser: bytes, language: str) -> Asked:
        now = self._clock()
        delivery = self._store.delivery(delivery_id)
        if delivery is None or (stands := standing(delivery, now)) == "ended" or delivery.way != "sms":
            return Asked("ended")
        if stands in ("locked", "stopped"):
            return Asked(stands)
        if quiet := quiet_until(self._store.audit_log, delivery, now):
            return Asked("quiet", math.ceil(quiet - now))
        number = self._phonebook.number(delivery.recipient)
        if number is None:
            self._tell_sender("number-missing", delivery, "number missing", "zegel", now, once_a_day=True)
            return Asked("no number")
        mine = self._live(delivery.id, browser, now)
        text = self._store.texts.newest(mine.id) if mine else None
        if text is not None and text.state in ("asked", "handing"):
            return Asked("waiting")
        too_soon = self._limits.too_soon(number, now)
        if too_soon is not None:
            recent = too_soon.kind == "wait" and text is not None and now - text.at < APART_SECONDS
            return Asked("recent" if recent else too_soon.kind, too_soon.seconds)
        if mine is None or mine.expires_at - now < REUSED_UNTIL:
            self._send(delivery, self._new(delivery.id, browser, now), number, language, now)
            return Asked("sent")
        self._send(delivery, mine.id, number, language, now)
        return Asked("again")

    def _new(self, delivery_id: int, browser: bytes, now: float) -> int:
        challenge = new_id(now)
        self._challenges.add_code(challenge, delivery_id, secrets.token_bytes(16), browser, now, now + CODE_SECONDS)
        return challenge

    def _send(self, delivery: Delivery, challenge: int, number: str, language: str, now: float) -> None:
        once = secrets.token_hex(8)
        text, number_hash = item_id("sms", once), self._limits.number_hash(number)
        self._store.texts.add(text, challenge, number_hash, fingerprint(self.reference(text)), language, now)
        self._store.outbox.add("sms", once, about=delivery, when=now)
        self._store.phones.used(self._phonebook.key(delivery.recipient), now)
        self._note("code asked", delivery, now)
        self._limits.alarm(now)

    def _enter(self, delivery_id: int, typed: str, cookie: str, new_cookie: str) -> Opened | Refused:
        now, browser = self._clock(), fingerprint(cookie)
        delivery = self._store.delivery(delivery_id)
        if delivery is None or (stands := standing(delivery, now)) == "ended" or delivery.way != "sms":
            return Refused("ended")
        if stands in ("locked", "stopped"):
            return Refused(stands)
        codes = self._challenges.codes(delivery.id)
        mine = next((each for each in codes if each.browser == browser), None)
        if mine is None:
            elsewhere = any(each.used_at is None and each.expires_at > now for each in codes)
            return Refused("elsewhere" if elsewhere else "none")
        if mine.used_at is not None:
            return Refused("used")
        if mine.expires_at <= now:
            return Refused("expired")
        if mine.tries >= TRIES:
            return Refused("spent")
        if not hmac.compare_digest(self.code(mine), typed):
            return self._missed(delivery, mine, now)
        self._challenges.use(mine.id, now)
        self._store.deliveries.forgive(delivery.id, sum(each.tries for each in codes if each.browser == browser))
        return self._access.admit(delivery, cookie, new_cookie, now)

    def _missed(self, delivery: Delivery, mine: CodeChallenge, now: float) -> Refused:
        self._challenges.miss(mine.id)
        self._note("wrong code", delivery, now)
        if self._store.deliveries.fail(delivery.id) >= TRIES_IN_A_ROW:
            self._store.deliveries.lock(delivery.id, now)
            self._challenges.end_all(delivery.id, now)
            self._tell_sender("locked", delivery, "locked", "zegel", now)
            return Refused("locked")
        left = TRIES - mine.tries - 1
        return Refused("wrong", tries_left=left) if left else Refused("spent")

    def _live(self, delivery_id: int, browser: bytes, now: float) -> CodeChallenge | None:
        """The newest code of a browser, when it still works: the only one that its tries are held against."""
        mine = next((each for each in self._challenges.codes(delivery_id) if each.browser == browser), None)
        works = mine is not None and mine.used_at is None and mine.expires_at > now and mine.tries < TRIES
        return mine if works else None

    def _whereabouts(self, text: Text | None) -> Literal["waiting", "trouble", "unsure", "sent", "delivered", "failed"]:
        if text is None or text.state == "handing":
            return "waiting"
        if text.state == "asked":
            item = self._store.outbox.item(text.id)
            return "trouble" if item and item.error else "waiting"
        return "sent" if text.state == "accepted" else text.state

    def _tell_sender(
        self,
        kind: KindName,
        delivery: Delivery,
        event: EventName,
        actor: str,
        now: float,
        *,
        once_a_day: bool = False,
        **why: Any,
    ) -> None:
        """An event and a mail to the sender about it; `once_a_day` where others than the sender could make many."""
        if self._store.outbox.add(kind, delivery.id, day_of(now) if once_a_day else now, about=delivery, when=now):
            self._note(event, delivery, now, actor, **why)

    def _note(self, event: EventName, delivery: Delivery, now: float, actor: str = "recipient", **why: Any) -> None:
        self._store.audit_log.record(event, actor, now, about=delivery, **why)


_UNDER_WAY: tuple[TextState, ...] = ("handing", "accepted", "unsure")


def as_typed(text: str) -> str:
    """The digits of what was typed or pasted; blanks and hyphens do not matter, nor who writes digits how.

    >>> as_typed(" 123-456 "), as_typed("１２３４５６"), as_typed("G-123456")
    ('123456', '123456', '')
    """
    plain = re.sub(r"[\s\-\u2010-\u2015\u00ad\u200b]+", "", unicodedata.normalize("NFKC", text[:100]))
    return "".join(str(unicodedata.decimal(sign)) for sign in plain) if plain.isdecimal() else ""
