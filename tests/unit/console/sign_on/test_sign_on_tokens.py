"""What a provider says about somebody, and what of it is never believed."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.unit.console.console_client import OFFICER, Office
from tests.unit.console.provider_server import (
    CLIENT,
    KEY,
    OTHER_KEY,
    SECRET,
    FakeProvider,
    come_back,
    go_there,
    walk,
)

CLAIMS: list[tuple[str, dict[str, Any], str]] = [
    ("stranger", {"email": "jan@kliniek.example"}, "stranger"),
    ("stranger of another domain", {"email": "fg@kliniek.example.evil.example"}, "stranger"),
    ("tagged", {"email": "fg+z@kliniek.example"}, "stranger"),
    ("not verified", {"email_verified": False}, "unverified"),
    ("verified by nothing", {"email_verified": None}, "unverified"),
    ("verified by a number", {"email_verified": 1}, "unverified"),
    ("verified by words", {"email_verified": "yes"}, "unverified"),
    ("no address", {"email": ""}, "unverified"),
    ("a list of addresses", {"email": [OFFICER]}, "unverified"),
    ("two addresses", {"email": f"{OFFICER},eve@evil.example"}, "unverified"),
    ("in brackets", {"email": f"<{OFFICER}>"}, "unverified"),
    ("with a line", {"email": f"{OFFICER}\n"}, "unverified"),
    ("roles are not the provider's", {"email": "eve@kliniek.example", "roles": ["officer"]}, "stranger"),
    ("other issuer", {"iss": "https://login.evil.example"}, "wrong"),
    ("issuer with a slash", {"iss": "/"}, "wrong"),
    ("no issuer", {"iss": None}, "wrong"),
    ("other audience", {"aud": "webmail"}, "wrong"),
    ("no audience", {"aud": None}, "wrong"),
    ("empty audience", {"aud": []}, "wrong"),
    ("audience of numbers", {"aud": [1]}, "wrong"),
    ("two audiences without azp", {"aud": [CLIENT, "webmail"]}, "wrong"),
    ("made for another", {"aud": [CLIENT, "webmail"], "azp": "webmail"}, "wrong"),
    ("one audience, made for another", {"azp": "webmail"}, "wrong"),
    ("other nonce", {"nonce": "A" * 43}, "wrong"),
    ("no nonce", {"nonce": None}, "wrong"),
    ("nonces", {"nonce": []}, "wrong"),
    ("expired", {"exp": -61}, "wrong"),
    ("never expires", {"exp": None}, "wrong"),
    ("expires in words", {"exp": "tomorrow"}, "wrong"),
    ("expires never, as a number", {"exp": float("inf")}, "wrong"),
    ("no number", {"exp": float("nan")}, "wrong"),
    ("of tomorrow", {"iat": 86_400}, "wrong"),
    ("not yet", {"nbf": 3600}, "wrong"),
    ("no subject", {"sub": None}, "wrong"),
    ("a subject that is none", {"sub": {"a": 1}}, "wrong"),
]


@pytest.mark.parametrize(("claims", "kind"), [each[1:] for each in CLAIMS], ids=[each[0] for each in CLAIMS])
def test_claims_that_let_nobody_in(house: Office, provider: FakeProvider, claims: dict[str, Any], kind: str) -> None:
    browser, now, before = house.browser(), int(house.built.clock()), house.events()
    url = go_there(browser)
    for name, value in claims.items():
        moved = name in ("exp", "iat", "nbf") and isinstance(value, int)
        provider.claims[name] = value + now if moved else value
    if claims == {"iss": "/"}:
        provider.claims["iss"] = provider.issuer + "/"
    if claims == {"nonce": []}:
        provider.claims["nonce"] = parse_qs(urlsplit(url).query)["nonce"]
    provider.person = {
        "sub": "u1",
        "email": OFFICER,
        "email_verified": True,
    }  # nothing is put together from two answers
    assert come_back(browser, provider.consent(url)) == f"/sign-in?s=sign-on-{kind}&to=%2F"
    assert browser.get("/messages").status == 303
    assert house.events() == before
    told = browser.get(f"/sign-in?s=sign-on-{kind}")
    assert told.status == 200 and 'role="alert"' in told.text


def with_token(header: dict[str, Any], payload: bytes, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def plain(claims: dict[str, Any]) -> bytes:
    return json.dumps(claims).encode()


def by_secret(secret: bytes, header: dict[str, Any]) -> Any:
    """The oldest trick: a public key taken for the secret of a keyed hash."""

    def signed(claims: dict[str, Any]) -> str:
        begun = with_token({"alg": "HS256", **header}, plain(claims)).rpartition(".")[0]
        proof = base64.urlsafe_b64encode(hmac.digest(secret, begun.encode(), "sha256")).rstrip(b"=").decode()
        return f"{begun}.{proof}"

    return signed


def by_hand(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed rightly, by RS256, whatever the header says."""
    begun = with_token(header, plain(claims)).rpartition(".")[0]
    proof = KEY.private_key.sign(begun.encode(), PKCS1v15(), SHA256())  # type: ignore[union-attr]
    return f"{begun}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def swapped(claims: dict[str, Any]) -> str:
    """A right signature with other claims."""
    first, second = (
        jwt.encode({"alg": "RS256", "kid": "first"}, each, KEY) for each in ({**claims, "sub": "x"}, claims)
    )
    return ".".join((*second.split(".")[:2], first.split(".")[2]))


EVIL = RSAKey.generate_key(2048, {"kid": "first"})
SHORT = RSAKey.import_key(generate_private_key(65537, 1024), {"kid": "first"})
TOKENS: list[tuple[str, Any]] = [
    ("unsigned", lambda claims: with_token({"alg": "none"}, plain(claims))),
    ("unsigned in capitals", lambda claims: with_token({"alg": "NONE", "kid": "first"}, plain(claims))),
    ("unsigned, signed", lambda claims: with_token({"alg": "none", "kid": "first"}, plain(claims), b"x" * 256)),
    ("RS256 without a signature", lambda claims: with_token({"alg": "RS256", "kid": "first"}, plain(claims))),
    ("no algorithm", lambda claims: with_token({"kid": "first"}, plain(claims), b"x" * 256)),
    ("algorithms", lambda claims: with_token({"alg": ["RS256"], "kid": "first"}, plain(claims), b"x" * 256)),
    ("by the public key as a secret", by_secret(KEY.as_pem(private=False), {"kid": "first"})),
    ("by the modulus as a secret", by_secret(str(KEY.as_dict()["n"]).encode(), {"kid": "first"})),
    ("by the client's secret", by_secret(SECRET.encode(), {})),
    ("by another key of the same name", lambda c: jwt.encode({"alg": "RS256", "kid": "first"}, c, EVIL)),
    ("by a key it brings", lambda c: jwt.encode({"alg": "RS256", "jwk": EVIL.as_dict(private=False)}, c, EVIL)),
    (
        "by a key of its own place",
        lambda c: jwt.encode({"alg": "RS256", "kid": "x", "jku": "http://127.0.0.1:1/"}, c, EVIL),
    ),
    ("by a key that nobody knows", lambda c: jwt.encode({"alg": "RS256", "kid": "third"}, c, OTHER_KEY)),
    ("swapped", swapped),
    ("with what nobody knows", lambda c: by_hand({"alg": "RS256", "kid": "first", "crit": ["tenant"], "tenant": 1}, c)),
    ("not as it was signed", lambda c: by_hand({"alg": "PS256", "kid": "first"}, c)),
    ("no JSON", lambda _: with_token({"alg": "RS256", "kid": "first"}, b"{", b"x" * 256)),
    ("deep", lambda _: "W1tb" * 6000 + ".e30.e30"),
    ("no token", lambda _: "token"),
    ("encrypted", lambda _: "e30.e30.e30.e30.e30"),
    ("huge", lambda claims: with_token({"alg": "RS256", "kid": "first", "x": "x" * 40_000}, plain(claims))),
    ("nothing", lambda _: ""),
    ("a number", lambda _: 7),
]


@pytest.mark.parametrize("token", [each[1] for each in TOKENS], ids=[each[0] for each in TOKENS])
def test_tokens_that_prove_nothing(house: Office, provider: FakeProvider, token: Any) -> None:
    provider.token = token
    browser = house.browser()
    assert walk(browser, provider) in ("/sign-in?s=sign-on-wrong&to=%2F", "/sign-in?s=sign-on-away&to=%2F")
    assert browser.get("/messages").status == 303


EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


@pytest.mark.parametrize(
    ("signer", "algorithm"),
    [(KEY, "PS256"), (KEY, "RS512"), (EC, "ES256"), (ED, "Ed25519")],
    ids=lambda each: str(each)[:6],
)
def test_each_way_of_signing_that_proves_something(
    house: Office, provider: FakeProvider, signer: Any, algorithm: str
) -> None:
    provider.signer, provider.header = signer, {"alg": algorithm}
    provider.listed = [{"kty": "oct", "k": "AAAA", "kid": signer.kid}, {"kty": ["RSA"]}, "rubbish", 7, signer]
    assert walk(house.browser(), provider) == "/"


@pytest.mark.parametrize(
    ("listed", "signer"),
    [([SHORT], SHORT), ([{**KEY.as_dict(), "use": "enc"}], KEY), ([{**KEY.as_dict(), "alg": "PS256"}], KEY),
     ([EC], KEY), ([], KEY)],
    ids=["short", "for encryption", "for another algorithm", "of another kind", "none"],
)  # fmt: skip
def test_keys_that_prove_nothing(house: Office, provider: FakeProvider, listed: list[Any], signer: Any) -> None:
    provider.listed, provider.signer = listed, signer
    assert walk(house.browser(), provider) != "/"


def test_a_provider_may_change_its_keys(house: Office, provider: FakeProvider) -> None:
    assert walk(house.browser(), provider) == "/"
    provider.listed = [OTHER_KEY]
    provider.signer = OTHER_KEY
    house.built.clock.pass_(11)
    assert walk(house.browser(), provider) == "/"
    provider.signer = KEY
    assert walk(house.browser(), provider) == "/sign-in?s=sign-on-wrong&to=%2F", "the old one was taken back"
    looks = provider.asked.count("/keys")
    provider.token = lambda c: jwt.encode({"alg": "RS256", "kid": "made up"}, c, EVIL)
    for _ in range(3):
        walk(house.browser(), provider)
    assert provider.asked.count("/keys") == looks, "made-up names of keys keep nobody busy"


def test_a_key_without_a_name_is_found_where_there_is_one(house: Office, provider: FakeProvider) -> None:
    provider.token = lambda claims: jwt.encode({"alg": "RS256"}, claims, KEY)
    assert walk(house.browser(), provider) == "/"
    provider.listed.append(OTHER_KEY)
    house.built.clock.pass_(3600)
    assert walk(house.browser(), provider) == "/sign-in?s=sign-on-wrong&to=%2F"


def test_an_address_that_the_token_has_not_is_asked_for(house: Office, provider: FakeProvider) -> None:
    provider.claims = {"email": None, "email_verified": None}
    provider.person = {"sub": "u1", "email": OFFICER, "email_verified": True}
    assert walk(house.browser(), provider) == "/"
    provider.person["email_verified"] = False
    assert "unverified" in walk(house.browser(), provider)
    provider.claims["email_verified"] = True
    assert "unverified" in walk(house.browser(), provider), "nothing is put together from two answers"
    provider.person = {"sub": "u2", "email": OFFICER, "email_verified": True}
    assert "away" in walk(house.browser(), provider), "it is about somebody else"
    provider.about["userinfo_endpoint"] = None
    house.built.clock.pass_(3600)
    assert "unverified" in walk(house.browser(), provider)
