"""An OpenID provider that does what a test wants, right or wrong: a real HTTP server with keys of its own."""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, URL, Browser, Office
from tests.unit.portal.portal_client import Answer

CLIENT, SECRET = "zegel-console", "a secret: with %signs+"
_PAIR = f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}"
BASIC = f"Basic {base64.b64encode(_PAIR.encode()).decode()}"
"""How the console proves itself."""
Said = tuple[int, bytes, Mapping[str, str]]
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})


def sign_on_settings(issuer: str, more: str = "") -> str:
    return (
        f"console:\n  url: {URL}\n  officers: [Fg@Kliniek.example]\n  administrators: [{ADMINISTRATOR}]\n"
        f"  sign_on:\n    issuer: {issuer}\n    client: {CLIENT}\n    secret_file: sign-on.secret\n"
        f"    name: the clinic's account\n{more}"
    )


class At:
    """The time of a house that is made after its provider."""

    house: Office | None = None

    def __call__(self) -> float:
        return self.house.built.clock() if self.house else 0.0


@dataclass
class FakeProvider:
    """What it says; a test changes any of it."""

    issuer: str
    now: Callable[[], float]
    address: str = OFFICER
    signer: Any = field(default_factory=lambda: KEY)
    listed: list[Any] = field(default_factory=lambda: [KEY])
    claims: dict[str, Any] = field(default_factory=dict)
    """Over the ordinary ones; None takes a claim out."""
    header: dict[str, Any] = field(default_factory=dict)
    token: Callable[[dict[str, Any]], str] | None = None
    """Makes the ID token from its claims, where signing is not all."""
    about: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Callable[[], Said]] = field(default_factory=dict)
    """In place of the ordinary answers, by path."""
    secret_in_body: bool = False
    asked: list[str] = field(default_factory=list)
    """The paths, in their order."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def begin_anew(self) -> None:
        """As it was before any test changed it; its server goes on with it."""
        vars(self).update(vars(FakeProvider(self.issuer, self.now)))

    def described(self) -> dict[str, Any]:
        ordinary = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=one",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/person",
            "end_session_endpoint": f"{self.issuer}/out",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in {**ordinary, **self.about}.items() if value is not None}

    def consent(self, url: str) -> dict[str, str]:
        """Somebody proves who they are; what their browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?"), url
        code = secrets.token_urlsafe(20)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def answer(self, path: str, headers: Mapping[str, str], body: str) -> Said:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]()
        if path == "/.well-known/openid-configuration":
            return _json(200, self.described())
        if path == "/keys":
            return _json(200, {"keys": [each.as_dict() if hasattr(each, "as_dict") else each for each in self.listed]})
        if path == "/person":
            known = headers.get("Authorization") == "Bearer an.access.token"
            return _json(200, self.person) if known else _json(401, {})
        return self._token(headers, {name: values[0] for name, values in parse_qs(body).items()})

    def _token(self, headers: Mapping[str, str], fields: dict[str, str]) -> Said:
        asked = self.codes.pop(fields.get("code", ""), None)
        own = (fields.get("client_id"), fields.get("client_secret")) == (CLIENT, SECRET)
        if not (own if self.secret_in_body else headers.get("Authorization") == BASIC):
            return _json(401, {"error": "invalid_client"})
        proof = base64.urlsafe_b64encode(sha256(fields.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if not asked or asked["code_challenge"] != proof.decode() or asked["redirect_uri"] != fields["redirect_uri"]:
            return _json(400, {"error": "invalid_grant"})
        now = int(self.now())
        ordinary = {
            "iss": self.issuer, "aud": CLIENT, "sub": "u1", "nonce": asked["nonce"], "iat": now, "exp": now + 300,
            "email": self.address, "email_verified": True, "auth_time": now,
        }  # fmt: skip
        claims = {name: value for name, value in {**ordinary, **self.claims}.items() if value is not None}
        header = {"alg": "RS256", "kid": self.signer.kid, **self.header}
        made = self.token(claims) if self.token else jwt.encode(header, claims, self.signer, [header["alg"]])
        return _json(200, {"access_token": "an.access.token", "token_type": "Bearer", "id_token": made})


def _json(status: int, content: object) -> Said:
    return status, json.dumps(content).encode(), {"Content-Type": "application/json"}


@contextmanager
def fake_provider(now: Callable[[], float]) -> Iterator[FakeProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, content, headers = provider.answer(self.path, dict(self.headers.items()), body)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                self.close_connection = True

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = FakeProvider(f"http://127.0.0.1:{server.server_port}", now)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def led_on(answer: Answer) -> str:
    """Where a page leads to by itself."""
    assert answer.status == 200, answer.status
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


def go_there(browser: Browser, to: str = "") -> str:
    """Presses the button; the address at the provider that follows."""
    return led_on(browser.send("/sign-in", f"/sign-on{to}"))


def come_back(browser: Browser, fields: Mapping[str, str]) -> str:
    """Comes back from there as browsers do: without the cookie that is strict. Where it leads to."""
    strict = browser.cookies.pop("__Host-zegel-console", None)
    answer = browser.get(f"/sign-on/back?{urlencode(fields)}")
    if strict and "__Host-zegel-console" not in browser.cookies:
        browser.cookies["__Host-zegel-console"] = strict
    return led_on(answer)


def walk(browser: Browser, provider: FakeProvider, to: str = "") -> str:
    """The whole way; the page of the console that it ends at."""
    return come_back(browser, provider.consent(go_there(browser, to)))
