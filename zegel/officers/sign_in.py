"""Signing in to the console: a password by e-mail at first, then a passkey; and the sessions that follow.

Everything that is counted is in the database, so a restart forgives nothing. Whether an address is one of ours shows
nowhere: a stranger's request takes the same steps, is counted by address too, and is answered alike. So a password
that is wrong, over, or was tried too often is one answer: each alone would tell who may sign in.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from zegel.crypto import fingerprint, keyed_hash, token
from zegel.mail.addresses import identity
from zegel.officers.people import Person, people_of
from zegel.settings.model import Settings
from zegel.unlock import passwords
from zegel.unlock.access import SESSION_IDLE, SESSION_MOST, new_cookie_value
from zegel.vault.ids import new_id
from zegel.vault.tables.audit_events import EventName
from zegel.vault.vault import Vault

PASSWORD_SECONDS = 15 * 60
WINDOW_SECONDS, WINDOW_MOST = 10 * 60, 3
DAY_SECONDS, DAY_MOST = 24 * 3600, 20
STRANGERS_MOST = 50
TRIES_MOST = 5
WRONG_MOST, PAUSE_SECONDS = 10, 15 * 60
STRONG_SECONDS = 15 * 60
"""How long a passkey speaks for what is changed; then it is asked for again."""
_SEEN_EVERY = 60
STRANGER = "?"
"""What the address of a stranger begins with where it is counted; a keyed hash follows."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that is signed in."""

    person: Person
    strong: bool
    """Whether a passkey spoke for it a short while ago, so that it may change something."""
    began_at: float


@dataclass(frozen=True, slots=True)
class Entered:
    """Signed in; the browser is to keep this secret from now on."""

    cookie: str = field(repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class NotIn:
    """Why not."""

    kind: Literal["empty", "wrong", "busy"]


class SignIn:
    """The door of the console."""

    def __init__(self, settings: Settings, vault: Vault, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._table = vault.store.console
        self._clock = clock
        self.people = people_of(settings.console)
        self.elsewhere = settings.console.sign_on.alone
        """Whether people sign in at a provider only: no password and no passkey lets anybody in."""

    # Sessions.

    def session(self, cookie: str) -> SignedIn | None:
        """Who a browser is signed in as; None when nobody, or when their name is in the settings no more."""
        hashed, now = fingerprint(cookie), self._clock()
        found = self._table.session(hashed)
        person = self.people.get(found.address) if found else None
        if found is None or person is None:
            return None
        if now - found.created_at > SESSION_MOST or now - found.used_at > SESSION_IDLE:
            return None
        if now - found.used_at > _SEEN_EVERY:
            self._store.write(lambda: self._table.seen(hashed, now))
        return SignedIn(person, now - found.strong_at <= STRONG_SECONDS, found.created_at)

    def sign_out(self, cookie: str) -> None:
        """Ends what this browser had."""
        self._store.write(lambda: self._table.end(fingerprint(cookie)))

    def csrf(self, cookie: str) -> str:
        """What a form of the console must bring back from this browser."""
        return token(self._vault.keys.form, cookie, "console")

    def csrf_ok(self, cookie: str, given: str) -> bool:
        return hmac.compare_digest(self.csrf(cookie).encode(), given.encode("utf-8", "surrogatepass"))

    def admit(self, address: str, cookie: str, how: str, *, strong: bool, began_at: float = 0.0) -> Entered:
        """Lets a browser in under a new secret, and ends the old one; inside a transaction."""
        return self.admit_for(address, fingerprint(cookie), how, strong=strong, began_at=began_at)

    def admit_for(self, address: str, old: bytes, how: str, *, strong: bool, began_at: float = 0.0) -> Entered:
        """The same for a browser whose old secret is known by its hash."""
        now, fresh = self._clock(), new_cookie_value()
        self._table.end(old)
        self._table.begin(fingerprint(fresh), address, now, now if strong else 0.0, began_at or now)
        self.note("console signed in", address, how=how)
        return Entered(fresh, address)

    # By a password.

    def ask(self, typed: str, cookie: str, language: str) -> None:
        """Sends a password when the address is one of ours and was not sent many. Raises passwords.Busy."""
        if self.elsewhere:
            return
        who = identity(typed[:320]).text
        person = self.people.get(who)
        address = person.address if person else STRANGER + keyed_hash(self._vault.keys.form, "console", who).hex()
        password, salt = passwords.new_password(), secrets.token_bytes(16)
        hashed = passwords.password_hash(password, salt)

        def ask() -> None:
            now = self._clock()
            lately = self._table.asked("password", address, now - WINDOW_SECONDS)
            today = self._table.asked("password", address, now - DAY_SECONDS)
            if lately >= WINDOW_MOST or today >= DAY_MOST:
                return
            if person is None and self._table.asked_by("password", STRANGER, now - WINDOW_SECONDS) >= STRANGERS_MOST:
                return
            id_, until = new_id(now), now + PASSWORD_SECONDS
            self._table.ask("password", id_, address, fingerprint(cookie), hashed, salt, now, until)
            if person:
                payload = {"to": address, "password": password, "until": until, "language": language}
                self._vault.tell(payload, "console-password", id_, when=now)
                self.note("console password asked", address)

        self._store.write(ask)

    def enter(self, typed: str, cookie: str) -> Entered | NotIn:
        """Signs in with the password that this browser asked for; a correct one works once."""
        if self.elsewhere:
            return NotIn("wrong")
        password, now = passwords.as_typed(typed), self._clock()
        if not password:
            return NotIn("empty")
        asked = self._table.live("password", fingerprint(cookie), now)
        try:
            given = passwords.password_hash(password, asked.salt if asked else bytes(16))
        except passwords.Busy:
            return NotIn("busy")
        return self._store.write(lambda: self._enter(given, cookie))

    def _enter(self, given: bytes, cookie: str) -> Entered | NotIn:
        now = self._clock()
        asked = self._table.live("password", fingerprint(cookie), now)
        if asked is None or asked.tries >= TRIES_MOST:
            return NotIn("wrong")
        if self._table.missed("password", asked.address, now - PAUSE_SECONDS) >= WRONG_MOST:
            return NotIn("wrong")
        if asked.address not in self.people or not hmac.compare_digest(asked.hash, given):
            self._table.miss(asked.id)
            if asked.address in self.people:
                self.note("console sign-in failed", asked.address, how="password")
            return NotIn("wrong")
        self._table.use(asked.id, now)
        return self.admit(asked.address, cookie, "password", strong=False)

    def note(self, event: EventName, actor: str, **more: object) -> None:
        """A line of the audit log; inside a transaction."""
        self._store.audit_log.record(event, actor, self._clock(), **more)  # type: ignore[arg-type]
