"""The provider of an organisation's single sign-on: what it says of itself, its keys, and what it hands out for a code.

All that it answers is bounded, in time and in size, and nothing of it is believed that is not proven: it may be down,
slow, taken over, or somebody else. Its answers go into no log, nor do codes, tokens and the secret.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from zegel.delivery_error import DeliveryError
from zegel.http_exchange import Answer, Request, exchange
from zegel.officers.id_token import ALGORITHMS, PublicKey, public_keys
from zegel.secret_file import SecretUnusable, read_secret
from zegel.settings.sign_on import SignOn, address_problem
from zegel.settings.storage import credential

CREDENTIAL = "sign-on.secret"
LARGEST = 256_000
"""Bytes of an answer; what is longer is none."""
KEPT_SECONDS = 3600
"""How long what it says of itself counts, and its keys: so long may a key that it took back."""
KEYS_APART = 10
"""Seconds between two looks for newer keys: tokens with made-up keys are no way to keep it busy."""
_WORD = re.compile(r"[a-z_]{1,40}")


class ProviderAway(Exception):
    """It does not answer, or not as a provider does; the message says what is wrong, and quotes none of its words."""


class ProviderRefused(Exception):
    """It does not give anything for this code."""


@dataclass(frozen=True, slots=True)
class About:
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    authorization: str
    token: str
    keys: str
    people: str
    """Where it tells more about who signed in; "" when nowhere."""
    sign_out: str
    """Where a browser signs out of it; "" when nowhere."""
    secret_in_body: bool
    """Whether it wants the console's secret there, and not in a header."""
    names_itself: bool
    """Whether it says its name with each answer (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What it hands out for a code."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


class Time:
    """What is left of the time for one sign-in."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds. Raises ProviderAway when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise ProviderAway("it takes too long to answer")
        return left


class Provider:
    """One provider; several threads may ask at once."""

    def __init__(self, settings: SignOn, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._about: tuple[float, About] | None = None
        self._keys: tuple[float, tuple[PublicKey, ...]] | None = None

    def known(self) -> About | None:
        """What was learnt of it before, without asking."""
        return self._about[1] if self._about else None

    def about(self, limit: Time) -> About:
        """Raises ProviderAway."""
        kept, now = self._about, self._clock()
        if kept is None or not 0 <= now - kept[0] < KEPT_SECONDS:
            url = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
            kept = (now, _read(self._settings, self._object(Request("GET", url, _ACCEPT), limit, "its description")))
            self._about = kept
        return kept[1]

    def keys(self, limit: Time, *, newer: bool = False) -> tuple[PublicKey, ...]:
        """Its keys; with `newer` it is asked again, if that was not just now. Raises ProviderAway."""
        kept, now = self._keys, self._clock()
        age = now - kept[0] if kept else KEPT_SECONDS
        if kept is None or not 0 <= age < (KEYS_APART if newer else KEPT_SECONDS):
            request = Request("GET", self.about(limit).keys, _ACCEPT)
            kept = (now, public_keys(self._object(request, limit, "its list of keys")))
            if not kept[1]:
                raise ProviderAway("its list of keys has none that can prove anything")
            self._keys = kept
        return kept[1]

    def tokens(self, code: str, verifier: str, back: str, limit: Time) -> Tokens:
        """What it gives for a code, to this console alone. Raises ProviderAway, ProviderRefused."""
        about = self.about(limit)
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {**_ACCEPT, "Content-Type": "application/x-www-form-urlencoded"}
        client, secret = self._settings.client, secret_of(self._settings)
        if about.secret_in_body:
            fields |= {"client_id": client, "client_secret": secret}
        else:
            pair = f"{quote_plus(client)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        answer = self._ask(Request("POST", about.token, headers, urlencode(fields).encode()), limit)
        if answer.status in (400, 401, 403):
            said = _parsed(answer).get("error", "")
            word = said if isinstance(said, str) and _WORD.fullmatch(said) else "nothing more"
            if answer.status == 401 or word in ("invalid_client", "unauthorized_client"):
                raise ProviderAway(f"it refuses the console itself ({word}): client or its secret is not right")
            raise ProviderRefused(f"it refuses the code of a browser ({word})")
        found = self._right(answer, "what it gives for a code")
        id_token, access = found.get("id_token"), found.get("access_token", "")
        if not isinstance(id_token, str) or not isinstance(access, str) or not re.fullmatch(r"[\x21-\x7e]*", access):
            raise ProviderAway("it gives no ID token for a code")
        return Tokens(id_token, access)

    def person(self, access_token: str, subject: str, limit: Time) -> Mapping[str, Any]:
        """What more it tells about who signed in; nothing where it tells nothing. Raises ProviderAway."""
        url = self.about(limit).people
        if not url or not access_token:
            return {}
        headers = {**_ACCEPT, "Authorization": f"Bearer {access_token}"}
        found = self._object(Request("GET", url, headers), limit, "what it tells about somebody")
        if found.get("sub") != subject:
            raise ProviderAway("it tells about somebody else than who signed in")
        return found

    def _object(self, request: Request, limit: Time, what: str) -> dict[str, Any]:
        return self._right(self._ask(request, limit), what)

    def _right(self, answer: Answer, what: str) -> dict[str, Any]:
        if answer.status != 200:
            raise ProviderAway(f"it answers HTTP {answer.status} in place of {what}")
        if not answer.whole:
            raise ProviderAway(f"{what} is larger than {LARGEST} bytes")
        found = _parsed(answer)
        if not found:
            raise ProviderAway(f"{what} is no JSON object")
        return found

    def _ask(self, request: Request, limit: Time) -> Answer:
        try:
            return exchange(request, limit.left(), LARGEST)
        except DeliveryError as error:
            raise ProviderAway(f"{urlsplit(request.url).hostname} gives {error.answer}") from None


_ACCEPT = {"Accept": "application/json"}


def secret_of(settings: SignOn) -> str:
    """The console's secret, read anew each time, so that a new one needs no restart. Raises ProviderAway."""
    try:
        return read_secret(credential(CREDENTIAL) or settings.secret_file, "console.sign_on.secret_file")
    except SecretUnusable as problem:
        raise ProviderAway(str(problem)) from None


def _parsed(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(settings: SignOn, said: Mapping[str, Any]) -> About:
    """Raises ProviderAway for a provider that is another one, or cannot do what is needed."""
    if said.get("issuer") != settings.issuer:
        raise ProviderAway("its issuer is not console.sign_on.issuer; write that letter by letter as it does")
    ways = _texts(said, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not {"client_secret_basic", "client_secret_post"} & set(ways):
        raise ProviderAway("it takes no client_secret, the one thing that this console can prove itself by")
    lists = (
        ("response_types_supported", {"code"}, "it does not offer the authorization code flow (response type code)"),
        ("code_challenge_methods_supported", {"S256"}, "it does not know PKCE with S256"),
        ("id_token_signing_alg_values_supported", set(ALGORITHMS), "it signs by no algorithm that proves enough"),
    )
    for name, needed, problem in lists:
        offered = _texts(said, name)
        if name in said and not needed & set(offered):
            raise ProviderAway(problem)
    return About(
        authorization=_address(settings, said, "authorization_endpoint"),
        token=_address(settings, said, "token_endpoint"),
        keys=_address(settings, said, "jwks_uri"),
        people=_address(settings, said, "userinfo_endpoint", needed=False),
        sign_out=_address(settings, said, "end_session_endpoint", needed=False),
        secret_in_body="client_secret_basic" not in ways,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _texts(said: Mapping[str, Any], name: str) -> list[str]:
    found = said.get(name)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _address(settings: SignOn, said: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    url = said.get(name)
    if url is None and not needed:
        return ""
    # Where the provider itself is reached by HTTPS nothing of it is without.
    loopback = settings.issuer.startswith("http://")
    if not isinstance(url, str) or len(url) > 2000:
        raise ProviderAway(f"its {name} is missing")
    if problem := address_problem(url, loopback=loopback):
        raise ProviderAway(f"its {name} {problem}")
    return url
