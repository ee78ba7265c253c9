"""Signing in to the console at the organisation's provider: OpenID Connect, authorization code flow with PKCE.

A browser that begins gets a cookie for this one way (SameSite=Lax, because it comes back from elsewhere). State, nonce
and the verifier belong to that cookie and work once, so nobody can be brought in as somebody else, and a code that
leaks is worth nothing in another browser. The provider says who somebody is, never what they may: settings say that.
"""

from __future__ import annotations

import logging
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from zegel.crypto import fingerprint, token
from zegel.mail.addresses import identity
from zegel.officers.id_token import LEEWAY, Expected, NotProven, UnknownKey, proven
from zegel.officers.people import Person
from zegel.officers.provider import Provider, ProviderAway, ProviderRefused, Time
from zegel.officers.sign_in import STRONG_SECONDS, Entered, SignedIn, SignIn
from zegel.settings.model import Settings
from zegel.unlock.access import new_cookie_value
from zegel.vault.ids import new_id
from zegel.vault.tables.console import Asked
from zegel.vault.vault import Vault

BACK = "/sign-on/back"
"""Where the provider sends browsers back to; it has to know this address of the console."""
OUT = "/sign-on/out"
"""And after signing out."""
WAY_SECONDS = 15 * 60
"""Time to prove oneself at the provider."""
WINDOW_SECONDS, ASKED_MOST, STRANGERS_MOST = 10 * 60, 30, 300
_LONGEST_CODE = 4000

Kind = Literal["stale", "denied", "away", "wrong", "unverified", "stranger", "other", "weak", "often", "busy"]

_log = logging.getLogger("zegel.console")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class NotOn:
    """Why nobody is signed in."""

    kind: Kind
    again: bool = False
    """Whether somebody was signed in who only wanted to change something."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the secret that it keeps on the way."""

    url: str = field(repr=False)
    cookie: str = field(repr=False)


class SignOn:
    """The way in by a provider."""

    def __init__(self, settings: Settings, vault: Vault, sign_in: SignIn, clock: Callable[[], float]) -> None:
        self.settings = settings.console.sign_on
        self._home = settings.console.url
        self._vault = vault
        self._store = vault.store
        self._table = vault.store.console
        self._sign_in = sign_in
        self._clock = clock
        self._provider = Provider(self.settings, clock)
        # Some threads stay for everybody else, however slow the provider is.
        self._turns = threading.BoundedSemaphore(max(1, settings.console.threads // 2))

    def begin(self, session: str, who: SignedIn | None) -> Begun | NotOn:
        """Sends a browser with this session to the provider; once more where somebody is signed in already."""
        return self._in_turn(lambda: self._begin(session, who.person.address if who else ""))

    def finish(self, cookie: str, query: Mapping[str, str]) -> Entered | NotOn:
        """Lets a browser in that comes back with this answer."""
        asked = self._store.write(lambda: self._take(cookie, query.get("state", "")))
        if asked is None:
            return NotOn("stale")
        found = self._in_turn(lambda: self._finish(cookie, query, asked))
        if isinstance(found, NotOn) and found.kind in ("wrong", "other", "weak") and asked.address:
            self._store.write(lambda: self._sign_in.note("console sign-in failed", asked.address, how="sign-on"))
        return NotOn(found.kind, bool(asked.address)) if isinstance(found, NotOn) else found

    def sign_out_at(self) -> str:
        """Where a browser signs out of the provider too; "" when that is offered nowhere, or it is away."""
        if not self.settings.in_use:
            return ""
        found = self._in_turn(self._sign_out_at)
        return found if isinstance(found, str) else ""

    # The way there.

    def _begin(self, session: str, address: str) -> Begun | NotOn:
        about = self._provider.about(Time(self.settings.seconds))
        state, cookie = secrets.token_urlsafe(32), new_cookie_value()
        if not self._store.write(lambda: self._ask(address, cookie, state, session)):
            return NotOn("often", bool(address))
        challenge = sha256(self._verifier(cookie, state).encode("ascii")).digest()
        fields = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": self._home + BACK,
            "scope": self.settings.scope,
            "state": state,
            "nonce": self._nonce(cookie, state),
            "code_challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
        }
        if self.settings.acr:
            fields["acr_values"] = " ".join(self.settings.acr)
        if address:
            fields |= {"prompt": "login", "max_age": str(STRONG_SECONDS)}
        return Begun(_with(about.authorization, fields), cookie)

    def _ask(self, address: str, cookie: str, state: str, session: str) -> bool:
        now = self._clock()
        most = ASKED_MOST if address else STRANGERS_MOST
        if self._table.asked("sign-on", address, now - WINDOW_SECONDS) >= most:
            return False
        self._table.ask(
            "sign-on", new_id(now), address, fingerprint(cookie), fingerprint(state), fingerprint(session), now,
            now + WAY_SECONDS,
        )  # fmt: skip
        return True

    # The way back.

    def _take(self, cookie: str, state: str) -> Asked | None:
        """What this browser was sent away with, which works once, whatever comes of it."""
        now = self._clock()
        found = self._table.live("sign-on", fingerprint(cookie), now, fingerprint(state)) if cookie and state else None
        if found is not None:
            self._table.use(found.id, now)
        return found

    def _finish(self, cookie: str, query: Mapping[str, str], asked: Asked) -> Entered | NotOn:
        limit, state = Time(self.settings.seconds), query["state"]
        about, named = self._provider.about(limit), query.get("iss")
        if named != self.settings.issuer and (named is not None or about.names_itself):
            raise NotProven("the answer comes from another provider (iss)")
        if "error" in query:
            _log.info("sign-on: the provider sends somebody back without a code")
            return NotOn("away" if query["error"] in ("server_error", "temporarily_unavailable") else "denied")
        code = query.get("code", "")
        if not code or len(code) > _LONGEST_CODE:
            raise NotProven("the answer has no code")
        tokens = self._provider.tokens(code, self._verifier(cookie, state), self._home + BACK, limit)
        claims = self._proven(tokens.id_token, self._nonce(cookie, state), limit)
        if self.settings.acr and claims.get("acr") not in self.settings.acr:
            _log.warning("sign-on: somebody proved who they are in a way that console.sign_on.acr does not name")
            return NotOn("weak")
        if self.settings.address not in claims:
            # Address and proof of it come from one answer; when somebody proved themselves says the token alone.
            more = self._provider.person(tokens.access_token, claims["sub"], limit)
            claims = {**more, "auth_time": claims.get("auth_time")}
        return self._who(claims, asked)

    def _proven(self, id_token: str, nonce: str, limit: Time) -> Mapping[str, Any]:
        expected = Expected(self.settings.issuer, self.settings.client, nonce)
        try:
            return proven(id_token, self._provider.keys(limit), expected, self._clock())
        except UnknownKey:
            return proven(id_token, self._provider.keys(limit, newer=True), expected, self._clock())

    def _who(self, claims: Mapping[str, Any], asked: Asked) -> Entered | NotOn:
        address = _address(claims.get(self.settings.address))
        said = claims.get(self.settings.verified) if self.settings.verified else True
        verified = said is True or said == "true"
        person = self._sign_in.people.get(address) if address else None
        if not address or not verified:
            what = self.settings.verified if address else self.settings.address
            _log.warning("sign-on: the provider gives somebody without a usable claim %s", what)
            return NotOn("unverified")
        if person is None:
            _log.warning("sign-on: the provider knows somebody who is not named in console.officers or administrators")
            return NotOn("stranger")
        if asked.address and asked.address != person.address:
            return NotOn("other")
        at = claims.get("auth_time")
        dated = isinstance(at, (int, float)) and asked.created_at - LEEWAY <= at <= self._clock() + LEEWAY
        strong = self.settings.speaks and dated
        if asked.address and not strong:
            return NotOn("weak")
        return self._store.write(lambda: self._admit(person, asked, strong=strong))

    def _admit(self, person: Person, asked: Asked, *, strong: bool) -> Entered:
        before = self._table.session(asked.salt) if asked.address else None
        began = before.created_at if before and before.address == person.address else 0.0
        return self._sign_in.admit_for(person.address, asked.salt, "sign-on", strong=strong, began_at=began)

    # How.

    def _sign_out_at(self) -> str:
        url = self._provider.about(Time(self.settings.seconds)).sign_out
        back = {"client_id": self.settings.client, "post_logout_redirect_uri": self._home + OUT}
        return _with(url, back) if url else ""

    def _in_turn(self, do: Callable[[], Found]) -> Found | NotOn:
        """What needs the provider, where a thread is left for it; says honestly when it does not work."""
        if not self._turns.acquire(blocking=False):
            return NotOn("busy")
        try:
            return do()
        except ProviderAway as problem:
            _log.error("sign-on: nobody can sign in at the provider: %s", problem)
            return NotOn("away")
        except ProviderRefused as problem:
            _log.warning("sign-on: the provider does not let somebody in: %s", problem)
            return NotOn("wrong")
        except NotProven as problem:
            _log.warning("sign-on: what a browser or the provider brought is not believed: %s", problem)
            return NotOn("wrong")
        finally:
            self._turns.release()

    def _nonce(self, cookie: str, state: str) -> str:
        return token(self._vault.keys.form, "console", "nonce", cookie, state)

    def _verifier(self, cookie: str, state: str) -> str:
        return token(self._vault.keys.form, "console", "verifier", cookie, state)


def _with(url: str, fields: Mapping[str, str]) -> str:
    """An address of the provider's with these fields, and the ones that it has already."""
    parts = urlsplit(url)
    kept = [each for each in parse_qsl(parts.query, keep_blank_values=True) if each[0] not in fields]
    return urlunsplit(parts._replace(query=urlencode([*kept, *fields.items()])))


def _address(claim: object) -> str:
    """The e-mail address in a claim, as the settings' are compared; "" for what is none."""
    if not isinstance(claim, str) or len(claim) > 320 or claim.count("@") != 1:
        return ""
    if any(sign.isspace() or sign in '<>"' for sign in claim):
        return ""
    found = identity(claim)
    return found.text if found.local and found.domain else ""
