"""Which delivery reports a sender asked for in the envelope (RFC 3461): parameters of MAIL FROM and RCPT TO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_MOST = 500
"""Characters of a parameter that are kept (RFC 3461, 4.2 and 5.4: 500 for an address)."""
_HEX = re.compile(r"\+([0-9A-F]{2})")
_SHOWN = re.compile(r"[\x20-\x7e]*")


class Wish(NamedTuple):
    """A recipient about whom the sender wants to hear also of success."""

    recipient: str
    original: str
    """ORCPT: the address as the sender's program first had it, with its type; "" when it did not say."""


def envelope_id(parameters: Iterable[bytes]) -> str:
    """What the sender calls the mail (ENVID); "" for nothing, or for what could not stand in a report.

    >>> envelope_id([b"SIZE=100", b"ENVID=QQ+2B314"])
    'QQ+314'
    """
    return _decoded(_value(parameters, "ENVID"))


def success_wish(recipient: str, parameters: Iterable[bytes]) -> Wish | None:
    """The wish in the parameters of a RCPT TO; None when success is not asked for.

    >>> success_wish("jan@post.example", [b"NOTIFY=success,FAILURE", b"ORCPT=rfc822;Jan+2Bx@post.example"])
    Wish(recipient='jan@post.example', original='rfc822;Jan+x@post.example')
    >>> success_wish("jan@post.example", [b"NOTIFY=FAILURE,DELAY"])
    """
    given = list(parameters)
    if "SUCCESS" not in _value(given, "NOTIFY").upper().split(","):
        return None
    return Wish(recipient, _decoded(_value(given, "ORCPT")))


def _value(parameters: Iterable[bytes], name: str) -> str:
    wanted = name.encode()
    for parameter in parameters:
        key, _, value = parameter.partition(b"=")
        if key.upper() == wanted:
            return value.decode("ascii", "replace")[:_MOST]
    return ""


def _decoded(xtext: str) -> str:
    """xtext (RFC 3461, 4) in the clear; "" for what is not printable ASCII."""
    text = _HEX.sub(lambda found: chr(int(found[1], 16)), xtext)
    return text if _SHOWN.fullmatch(text) else ""
