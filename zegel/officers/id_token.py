"""What an OpenID provider says about who signed in (OpenID Connect Core 1.0, 3.1.3.7), believed only when it is proven.

Signatures and dates are joserfc's. The key is chosen here, among the provider's own and by its kind, so that a token
decides nothing about how it is verified: no `none`, no secret in place of a public key, no key that the token brings.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

PublicKey = RSAKey | ECKey | OKPKey
ALGORITHMS = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "Ed25519": "OKP",
}  # fmt: skip
"""What a token may be signed by, and the kind of key that goes with it."""
LEEWAY = 60
"""Seconds that the provider's clock may differ."""
LONGEST = 32_000
KEYS_MOST = 64
RSA_LEAST = 2048
"""Bits; a shorter key counts as none (BSI TR-02102, NIST SP 800-131A)."""


class NotProven(Exception):
    """A token says nothing that may be believed; the message names the rule that it breaks, and quotes nothing."""


class UnknownKey(NotProven):
    """None of the keys that are known is the one; the provider may have newer ones."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token has to be for."""

    issuer: str
    client: str
    nonce: str = field(repr=False)


def public_keys(listed: object) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set that can prove a signature; what is no such key, or no key at all, is left out."""
    entries = listed.get("keys") if isinstance(listed, dict) else None
    found = (_key(each) for each in entries[:KEYS_MOST]) if isinstance(entries, list) else ()
    return tuple(each for each in found if each is not None)


def proven(token: str, keys: Iterable[PublicKey], expected: Expected, now: float) -> Mapping[str, Any]:
    """The claims of an ID token. Raises NotProven."""
    algorithm, name = _announced(token)
    fitting = [each for each in keys if _fits(each, algorithm) and (not name or each.kid == name)]
    if not fitting:
        raise UnknownKey("it is signed by a key that the provider does not list")
    if len(fitting) > 1:
        raise NotProven("several keys of the provider fit, and it does not name one")
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = 4096  # some bring a chain of certificates
    try:
        claims = jwt.decode(token, fitting[0], [algorithm], registry).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        # A provider that reuses a key's name is met as one with a new key.
        raise UnknownKey(f"its signature is not right ({type(error).__name__})") from None
    _check(claims, expected, now)
    return claims


def _announced(token: str) -> tuple[str, str]:
    """The algorithm and the name of the key, as the token itself says: no proof of anything."""
    if len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        raise NotProven("it is no signed token")
    first = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        raise NotProven("it is no signed token") from None
    algorithm, name = (header.get("alg"), header.get("kid", "")) if isinstance(header, dict) else ("", "")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise NotProven("it is signed by an algorithm that proves nothing here")
    if not isinstance(name, str):
        raise NotProven("the name of its key is no text")
    return algorithm, name


def _key(entry: object) -> PublicKey | None:
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    try:
        key = JWKRegistry.import_key({name: value for name, value in entry.items() if name != "key_ops"})
        if isinstance(key, RSAKey):
            return key if key.public_key.key_size >= RSA_LEAST else None
        return key if isinstance(key, (ECKey, OKPKey)) and key.public_key else None
    except Exception:  # whatever is wrong with one key of a list, the others are none the worse
        return None


def _fits(key: PublicKey, algorithm: str) -> bool:
    return (
        key.key_type == ALGORITHMS[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _check(claims: dict[str, Any], expected: Expected, now: float) -> None:
    required: dict[str, Any] = {name: {"essential": True} for name in ("sub", "exp", "iat", "nonce")}
    for name, value in (("iss", expected.issuer), ("aud", expected.client)):
        required[name] = {"essential": True, "value": value}
    registry = jwt.JWTClaimsRegistry(int(now), LEEWAY, **required)
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise NotProven(f"it is not for this sign-in, or not any more ({_claim(error)})") from None
    nonce = claims["nonce"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise NotProven("it is not for this sign-in (nonce)")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else expected.client) != expected.client:
        raise NotProven("it was made for another program (azp)")


def _claim(error: Exception) -> str:
    """Which claim is wrong, by its name, which is ours: the error's own text may have more."""
    name = getattr(error, "claim", "")
    return name if name in ("iss", "aud", "sub", "exp", "iat", "nbf", "nonce") else type(error).__name__
