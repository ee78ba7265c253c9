"""The way in by a password: sent by e-mail, and its limits.

All that is counted is in the database, so a restart forgives nothing. A wrong link and a wrong password take the
same time as right ones; what is refused whatever was typed takes no place from those whose password is hashed.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable

from zegel.unlock import passwords
from zegel.unlock.access import Access, new_cookie_value
from zegel.unlock.objections import quiet_until
from zegel.unlock.standing import standing
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.ids import new_id
from zegel.vault.tables.records import Challenge, Delivery
from zegel.vault.vault import Vault

PASSWORD_SECONDS = 60 * 60
RECENT_SECONDS = 60
WINDOW_SECONDS, WINDOW_MOST = 10 * 60, 3
DAY_SECONDS, DAY_MOST = 24 * 3600, 10
LIVE_MOST = 3
WRONG_MOST, PAUSE_SECONDS = 10, 15 * 60


class Passwords:
    """The way in by a password."""

    def __init__(self, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._challenges = vault.store.challenges
        self._access = access
        self._clock = clock

    def ready(self, delivery: Delivery) -> bool:
        """Always: the mailbox that got the link gets the password too."""
        return True

    def ask(self, delivery: Delivery, cookie: str, language: str) -> Asked:
        """Sends a password, which works in any browser, unless one was just sent or the limits say no.

        Raises passwords.Busy.
        """
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

    def enter(self, link: str, typed: str, cookie: str | None) -> Opened | Refused:
        """Lets the browser in when the password is right; a right password ends by its use."""
        password = passwords.as_typed(typed)
        if not password:
            return Refused("empty")
        found = self._access.delivery(link)
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

    def _may_ask(self, delivery: Delivery, now: float) -> Asked | None:
        """None when a password may be sent now."""
        current = self._store.delivery(delivery.id)
        if current is None or (stands := standing(current, now)) == "ended":
            return Asked("limit")
        if current.way != "password":
            return Asked("other way")
        if stands in ("stopped", "locked", "held"):
            return Asked("stopped")
        if stands == "paused":
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
        stands = standing(delivery, now)
        if stands == "ended":
            return Refused("ended")
        if delivery.way != "password":
            return Refused("wrong")  # and nothing is counted: a pause forgives, and must not forgive wrong codes
        if stands in ("stopped", "locked", "held"):
            return Refused("stopped")
        if stands == "paused":
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
        sent = self._challenges.since(delivery.id, now - DAY_SECONDS)
        theirs = [challenge for challenge in sent if hmac.compare_digest(challenge.hash, given)]
        right = _live(theirs, now)
        if not right:
            if theirs:  # no guess, so it costs no try
                return Refused("used" if theirs[-1].used_at is not None else "expired")
            failures = self._store.deliveries.fail(delivery.id)
            self._store.audit_log.record("wrong password", "recipient", now, about=delivery)
            if failures >= WRONG_MOST:
                self._store.deliveries.pause(delivery.id, now + PAUSE_SECONDS)
                self._store.audit_log.record("paused", "zegel", now, about=delivery)
                return Refused("paused", PAUSE_SECONDS)
            return Refused("wrong", tries_left=WRONG_MOST - failures)
        self._challenges.use(right[0].id, now)
        self._store.deliveries.forgive(delivery.id)
        return self._access.admit(delivery, cookie, new_cookie, now)


def _live(challenges: list[Challenge], now: float) -> list[Challenge]:
    return [challenge for challenge in challenges if challenge.used_at is None and challenge.expires_at > now]


def _seconds(left: float) -> int:
    return max(1, math.ceil(left))
