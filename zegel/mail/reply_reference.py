"""What a reply is recognised by when somebody answers it, or when it bounces: keyed, so no database is asked.

A reference stands in the Message-ID of a reply, which mail programs carry on in In-Reply-To and References, and at the
end of its text, which they quote. It holds the reply and the level that it was written at. Who makes up a reference can
at most have their own mail protected, so 48 bits of keyed hash are enough.

    zegelref + base32(reply, 8 bytes | level, 1 byte | keyed hash, 6 bytes)

The address that bounces of a reply go to holds the reply and the addressee in the same way: 15 bytes, 24 letters. So
does the one that reports about a direct delivery go to, with the delivery and the number of the attempt, and the one
that a reply to all is from on its way through Postfix.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from zegel.crypto import keyed_hash

PREFIX = "zegelref"
_REFERENCE = re.compile(rf"{PREFIX}([a-z2-7]{{24}})(?![a-z2-7])", re.IGNORECASE)
_BOUNCE = re.compile(r"\+z([a-z2-7]{24})@", re.IGNORECASE)
_DIRECT = re.compile(r"\+d([a-z2-7]{24})@", re.IGNORECASE)
_TO_ALL = re.compile(r"[^@\s]+\+a([a-z2-7]{24})@[^@\s]+", re.IGNORECASE)
_HASH_BYTES = 6
MOST = 1000
"""What looks like a reference is tried this often in one text."""


class Reference(NamedTuple):
    """A reply, and the level that its writer had unlocked."""

    reply: int
    level: int


class Bounce(NamedTuple):
    """A reply, and which of its addressees did not get it."""

    reply: int
    position: int


class Attempt(NamedTuple):
    """A direct delivery, and which attempt at it, modulo 256."""

    delivery: int
    number: int


def reference(key: bytes, reply: int, level: int) -> str:
    """The reference of a reply: letters and digits, so that no mail program breaks or hides it."""
    return PREFIX + _token(key, "reference", reply, level)


def references_in(key: bytes, text: str) -> Iterator[Reference]:
    """The references in `text` that are ours."""
    for found in islice(_REFERENCE.finditer(text), MOST):
        if read := _read(key, "reference", found[1]):
            yield Reference(*read)


def bounce_address(key: bytes, address: str, reply: int, position: int) -> str:
    """The envelope sender of a reply to its addressee at `position`: an extension of our own `address`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+z{_token(key, 'bounce', reply, position)}@{domain}"


def bounced(key: bytes, recipient: str) -> Bounce | None:
    """What a mail to `recipient` is the bounce of; None when that is no address of ours."""
    found = _BOUNCE.search(recipient)
    read = _read(key, "bounce", found[1]) if found else None
    return Bounce(*read) if read else None


def direct_address(key: bytes, address: str, delivery: int, attempt: int) -> str:
    """The envelope sender of an attempt to deliver directly: an extension of our own `address`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+d{_token(key, 'direct', delivery, attempt % 256)}@{domain}"


def attempted(key: bytes, recipient: str) -> Attempt | None:
    """Which attempt a mail to `recipient` is about; None when that is no address of ours."""
    found = _DIRECT.search(recipient)
    read = _read(key, "direct", found[1]) if found else None
    return Attempt(*read) if read else None


def to_all_address(key: bytes, address: str, reply: int) -> str:
    """The envelope sender of a reply that is to be sealed for the other recipients: an extension of our `address`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+a{_token(key, 'to all', reply, 0)}@{domain}"


def replied_to_all(key: bytes, sender: str) -> int:
    """Which reply a mail from `sender` brings to the other recipients; 0 when that is no such address of ours."""
    found = _TO_ALL.fullmatch(sender)
    read = _read(key, "to all", found[1]) if found else None
    return read[0] if read else 0


def _token(key: bytes, purpose: str, reply: int, number: int) -> str:
    what = reply.to_bytes(8, "big") + number.to_bytes(1, "big")
    return base64.b32encode(what + _hash(key, purpose, what)).decode("ascii").lower()


def _read(key: bytes, purpose: str, token: str) -> tuple[int, int] | None:
    blob = base64.b32decode(token.upper())
    what, given = blob[:-_HASH_BYTES], blob[-_HASH_BYTES:]
    if not hmac.compare_digest(given, _hash(key, purpose, what)):
        return None
    return int.from_bytes(what[:8], "big"), what[8]


def _hash(key: bytes, purpose: str, what: bytes) -> bytes:
    return keyed_hash(key, purpose, what)[:_HASH_BYTES]
