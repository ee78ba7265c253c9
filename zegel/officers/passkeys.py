"""Passkeys of the console: they sign in, and speak for whatever is changed.

The first one is made after a password by e-mail. From then on it takes one to make or remove another; somebody who has
lost all asks the administrator: `zegel console forget`.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from zegel.crypto import fingerprint, keyed_hash, seal, unseal
from zegel.message.text.safe_names import safe_text
from zegel.officers.sign_in import Entered, SignedIn, SignIn
from zegel.settings.model import Settings
from zegel.unlock.webauthn import Answer, NotValid, RelyingParty, read_made, read_used
from zegel.vault.ids import new_id
from zegel.vault.tables.console import What
from zegel.vault.tables.passkeys import StoredPasskey
from zegel.vault.vault import Vault

CHALLENGE_SECONDS = 5 * 60
WINDOW_SECONDS, ASKED_MOST, STRANGERS_MOST = 10 * 60, 30, 300
WRONG_MOST, REST_SECONDS = 10, 15 * 60
PASSKEYS_MOST = 10
NAME_LENGTH = 60
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class OfficerPasskey:
    """A passkey as its owner sees it."""

    id: int
    name: str
    created_at: float
    used_at: float
    """As `created_at` when it was never used."""


@dataclass(frozen=True, slots=True)
class NoPasskey:
    """Why it does not work."""

    kind: Literal["wrong", "stale", "unknown", "often", "many", "there", "weak", "elsewhere"]
    """"weak" is a browser that first has to show a passkey, "elsewhere" one that first has to sign in at a provider."""


class OfficerPasskeys:
    """Makes, lists, removes, signs in."""

    def __init__(self, settings: Settings, vault: Vault, sign_in: SignIn, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._table = vault.store.console
        self._sign_in = sign_in
        self._clock = clock
        party = RelyingParty.of(settings.console.url, settings.organisation.name)
        assert party is not None, "the settings take no address where there are no passkeys"
        self._party = party

    def of(self, address: str) -> tuple[OfficerPasskey, ...]:
        """All of somebody's, oldest first."""
        return tuple(self._shown(each) for each in self._store.passkeys.of(self._owner(address)))

    def may_change(self, who: SignedIn) -> bool:
        """Whether this browser may make or remove passkeys: with a passkey, or while there is none."""
        return who.strong or not self._store.passkeys.of(self._owner(who.person.address))

    # Making and removing.

    def ask_new(self, who: SignedIn, cookie: str) -> str | NoPasskey:
        """What the browser needs to make one, as JSON."""
        address = who.person.address
        if not self.may_change(who):
            return NoPasskey("weak")
        known = self._store.passkeys.of(self._owner(address))
        if len(known) >= PASSKEYS_MOST:
            return NoPasskey("many")
        challenge = self._challenge("new passkey", address, cookie)
        if challenge is None:
            return NoPasskey("often")
        there = [self._opened(each)[1] for each in known]
        return self._party.creation(challenge, self._user(address), address, there)

    def add(self, who: SignedIn, cookie: str, answer: str, name: str, language: str) -> Entered | NoPasskey:
        """Keeps the passkey that the browser made, and tells its owner by mail; the browser may change things now."""
        try:
            read = read_made(answer)
        except NotValid:
            return NoPasskey("wrong")
        return self._store.write(lambda: self._add(who, cookie, read, _name(name), language))

    def remove(self, who: SignedIn, passkey_id: int) -> bool:
        """Removes one; False when there is none, or the browser may not."""

        def remove() -> bool:
            owner = self._owner(who.person.address)
            if not who.strong or not self._store.passkeys.remove(passkey_id, owner):
                return False
            self._sign_in.note("console passkey removed", who.person.address, passkey=passkey_id)
            return True

        return self._store.write(remove)

    def forget(self, address: str, actor: str) -> int:
        """Removes all of somebody's and signs them out everywhere; how many there were."""

        def forget() -> int:
            count = self._store.passkeys.remove_all(self._owner(address))
            self._table.end_all(address)
            self._table.end_challenges(address, self._clock())
            self._sign_in.note("console passkey removed", actor, of=address, count=count)
            return count

        return self._store.write(forget)

    # Signing in with one.

    def ask(self, cookie: str, address: str = "") -> str | NoPasskey:
        """What the browser needs to use one, as JSON. It names none: who asks learns of none."""
        if not address and self._sign_in.elsewhere:
            return NoPasskey("elsewhere")
        challenge = self._challenge("passkey", address, cookie)
        return NoPasskey("often") if challenge is None else self._party.request(challenge)

    def enter(self, cookie: str, answer: str, who: SignedIn | None = None) -> Entered | NoPasskey:
        """Signs in, or says once more that it is `who`; the browser may change something for a while."""
        if who is None and self._sign_in.elsewhere:
            return NoPasskey("elsewhere")
        try:
            read = read_used(answer)
        except NotValid:
            return NoPasskey("wrong")
        return self._store.write(lambda: self._enter(cookie, read, who))

    # Inside transactions.

    def _add(self, who: SignedIn, cookie: str, read: Answer, name: str, language: str) -> Entered | NoPasskey:
        now, address = self._clock(), who.person.address
        if not self.may_change(who):
            return NoPasskey("weak")
        asked = self._take("new passkey", cookie, read)
        if asked is None or asked[1] != address:
            return NoPasskey("stale")
        try:
            made = self._party.made(read)
        except NotValid:
            return NoPasskey("wrong")
        id_, owner = new_id(now), self._owner(address)
        if len(self._store.passkeys.of(owner)) >= PASSKEYS_MOST:
            return NoPasskey("many")
        sealed = self._sealed(id_, owner, name, made.credential)
        row = StoredPasskey(id_, owner, _LEVEL, sealed, made.sign_count, now, now)
        if not self._store.passkeys.add(row, sha256(made.id).digest()):
            return NoPasskey("there")
        self._sign_in.note("console passkey added", address, passkey=id_)
        payload = {"to": address, "name": name, "at": now, "language": language}
        self._vault.tell(payload, "console-passkey", id_, when=now)
        return self._sign_in.admit(address, cookie, "new passkey", strong=True, began_at=who.began_at)

    def _enter(self, cookie: str, read: Answer, who: SignedIn | None) -> Entered | NoPasskey:
        wanted = who.person.address if who else ""
        asked = self._take("passkey", cookie, read)
        if asked is None or asked[1] != wanted:
            return NoPasskey("stale")
        key = self._store.passkeys.find(sha256(read.id).digest())
        owners = {self._owner(each): each for each in self._sign_in.people}
        address = owners.get(key.owner, "") if key else ""
        if key is None or not address or (wanted and address != wanted):
            return self._missed(asked[0], address, "unknown")
        if self._table.missed("passkey", address, self._clock() - REST_SECONDS) >= WRONG_MOST:
            return NoPasskey("often")
        try:
            count = self._party.used(read, self._opened(key)[1], self._user(address))
        except NotValid:
            return self._missed(asked[0], address, "wrong")
        if (count or key.sign_count) and count <= key.sign_count:
            return self._missed(asked[0], address, "wrong")  # a copy of it was used (section 6.1.1)
        self._store.passkeys.used(key.id, count, self._clock())
        return self._sign_in.admit(address, cookie, "passkey", strong=True, began_at=who.began_at if who else 0.0)

    def _missed(self, challenge: int, address: str, why: Literal["unknown", "wrong"]) -> NoPasskey:
        self._table.miss(challenge)
        if address:
            self._sign_in.note("console sign-in failed", address, how="passkey")
        return NoPasskey(why)

    # How.

    def _challenge(self, what: What, address: str, cookie: str) -> bytes | None:
        """256 random bits to sign, for this browser; None when there were too many."""
        fresh = secrets.token_bytes(32)

        def ask() -> bool:
            now = self._clock()
            most = ASKED_MOST if address else STRANGERS_MOST
            if self._table.asked(what, address, now - WINDOW_SECONDS) >= most:
                return False
            until, hashed = now + CHALLENGE_SECONDS, sha256(fresh).digest()
            self._table.ask(what, new_id(now), address, fingerprint(cookie), hashed, b"", now, until)
            return True

        return fresh if self._store.write(ask) else None

    def _take(self, what: What, cookie: str, read: Answer) -> tuple[int, str] | None:
        """Uses up what this browser was asked to have signed: its id and whose it is."""
        now = self._clock()
        found = self._table.live(what, fingerprint(cookie), now, sha256(read.challenge).digest())
        if found is None:
            return None
        self._table.use(found.id, now)
        return found.id, found.address

    def _owner(self, address: str) -> bytes:
        """Apart from recipients: an address may be both, and neither opens what the other does."""
        return keyed_hash(self._vault.keys.passkey, "console", address)

    def _user(self, address: str) -> bytes:
        return keyed_hash(self._vault.keys.passkey, "console user", address)

    def _sealed(self, id_: int, owner: bytes, name: str, credential: bytes) -> bytes:
        content = {"name": name, "credential": base64.b64encode(credential).decode("ascii")}
        return seal(self._vault.keys.passkey, json.dumps(content).encode(), "console passkey", id_, owner.hex())

    def _opened(self, stored: StoredPasskey) -> tuple[str, bytes]:
        """Name and credential. Raises SealBroken for a row that was given another owner."""
        plain = unseal(self._vault.keys.passkey, stored.sealed, "console passkey", stored.id, stored.owner.hex())
        content = json.loads(plain)
        return content["name"], base64.b64decode(content["credential"])

    def _shown(self, stored: StoredPasskey) -> OfficerPasskey:
        return OfficerPasskey(stored.id, self._opened(stored)[0], stored.created_at, stored.used_at)


def _name(given: str) -> str:
    return safe_text(given, NAME_LENGTH).strip()
