"""Private keys, keys of cloud services and tokens, by the form that their makers gave them; for `credential`."""

from __future__ import annotations

import base64
import json
import re

FORMS = (
    r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36,}\b",
    r"\bgithub_pat_[A-Za-z0-9_]{40,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\b[sr]k_live_[A-Za-z0-9]{16,}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"\bnpm_[A-Za-z0-9]{36}\b",
    r"\bsk-[A-Za-z0-9_-]{32,}",
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}",
    r"AccountKey=[A-Za-z0-9+/]{40,}={0,2}",
    r"\b\d{6}(?:-\d{6}){7}\b",
)
TOKEN = re.compile("|".join(FORMS))
_KEY_FOLLOWS = re.compile(r"(?:\\[nr]|[\s>|])+(?![Xx]{4})(?:[A-Za-z0-9+/]{4}|[A-Z][A-Za-z-]+: )")
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})


def is_an_example(token: str, after: str) -> bool:
    """Whether a key or token is one of those that manuals show, or no more than its name.

    >>> is_an_example("AKIAIOSFODNN7EXAMPLE", ""), is_an_example("AKIAQ3EGSJRL5XW2KD7P", "")
    (True, False)
    >>> is_an_example("-----BEGIN RSA PRIVATE KEY-----", '" in text'), is_an_example("eyJhbGciOiJIUzI1NiJ9.e30.x", "")
    (True, True)
    """
    if token.startswith("-----"):
        return _KEY_FOLLOWS.match(after) is None
    if token.startswith("eyJ"):
        return not _has_claims(token.split(".")[1])
    return "EXAMPLE" in token.upper() or len(set(token[4:])) < 3


def _has_claims(payload: str) -> bool:
    """Whether the middle of a JSON web token says what RFC 7519 has names for, and not of the John Doe of manuals."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return True  # it cannot be told
    return isinstance(claims, dict) and bool(_CLAIMS & set(claims)) and claims.get("name") != "John Doe"
