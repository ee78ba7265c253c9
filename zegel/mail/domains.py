"""Names of domains: the one function that says which name of the DNS somebody means (UTS 46, IDNA 2008).

Postfix asks the DNS for the same name (util/midna_domain.c: UTS 46, non-transitional). Python's own codec "idna" is
IDNA 2003: it drops a zero-width non-joiner and takes ß for ss, so that it finds one name where there are two.
"""

from __future__ import annotations

import functools
import re

import idna

_LONGEST = 253
_ASCII_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_AMBIGUOUS = "\u1e9e"
"""Capital sharp s: "ss" up to Unicode 15.0, which Postfix has on Debian 12, and ß since. No other character changed."""


@functools.lru_cache(maxsize=4096)
def ascii_domain(name: str) -> str:
    """The DNS name that `name` means, in ASCII and lower case, without the dot at its end; "" when it means none.

    A name that is ASCII already means itself: the DNS does not look into what follows `xn--`. Underscores occur.

    >>> ascii_domain("Kliniek.Example."), ascii_domain("straße.example"), ascii_domain("kliniek\u200c.example")
    ('kliniek.example', 'xn--strae-oqa.example', '')
    """
    name = name.removesuffix(".")
    if not name.isascii():
        try:
            name = "" if _AMBIGUOUS in name else idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    name = name.lower()
    return name if len(name) <= _LONGEST and _ASCII_NAME.fullmatch(name) else ""
