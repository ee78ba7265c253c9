"""Names of domains: the one function that says which name of the DNS somebody means (UTS 46, IDNA 2008).

Postfix asks the DNS for the same name (util/midna_domain.c: UTS 46, non-transitional). Python's own codec "idna" is
IDNA 2003: it drops a zero-width non-joiner and takes ß for ss, so that it finds one name where there are two.
Postfix's tables, such as its TLS policy, see the name before UTS 46 and complete one that has no ASCII dot. So of all
that UTS 46 maps only case and composition are allowed: a name in full-width letters is refused.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import idna

_LONGEST = 253
_ASCII_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_AMBIGUOUS = "\u1e9e"
"""Capital sharp s: "ss" up to Unicode 15.0, which Postfix has on Debian 12, and ß since. No other character changed."""


@functools.lru_cache(maxsize=4096)
def ascii_domain(name: str) -> str:
    """The DNS name that `name` means, in ASCII and lower case, without the dot at its end; "" when it means none.

    A name that is ASCII already means itself: the DNS does not look into what follows `xn--`. Underscores occur.

    >>> ascii_domain("Kliniek.Example."), ascii_domain("Straße.example"), ascii_domain("kliniek\u200c.example")
    ('kliniek.example', 'xn--strae-oqa.example', '')
    """
    name = name.removesuffix(".")
    if not name.isascii():
        name = _encoded(unicodedata.normalize("NFC", name.lower())) if _AMBIGUOUS not in name else ""
    name = name.lower()
    return name if len(name) <= _LONGEST and _ASCII_NAME.fullmatch(name) else ""


def readable_domain(domain: str) -> str:
    """A DNS name as people read it; as it is when it cannot be read otherwise.

    >>> readable_domain("xn--strae-oqa.example")
    'straße.example'
    """
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def _encoded(name: str) -> str:
    """The ASCII form of a name beyond ASCII; "" when it has none, or UTS 46 would have to map anything."""
    try:
        mapped = idna.uts46_remap(name, std3_rules=True)
        return idna.encode(mapped, uts46=True, std3_rules=True).decode("ascii") if mapped == name else ""
    except (idna.IDNAError, UnicodeError):
        return ""
