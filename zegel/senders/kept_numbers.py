"""Numbers that a sender typed, on their way to the page that asks whether they are right.

They are in that page's address, sealed: so the page is an ordinary one, that "back" and "reload" show again. An address
goes into histories and logs; who finds it there cannot read it, and it opens in the browser that typed it, for an hour.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from zegel.crypto import SealBroken, fingerprint, seal, unseal

SECONDS = 3600
_PURPOSE = "numbers typed"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, by delivery."""

    numbers: Mapping[int, str] = field(repr=False)
    regions: Mapping[int, str]
    """The country that was chosen for each."""
    only: int | None
    """The one recipient whose number is corrected; None when the page asked for all that are missing."""


def kept(key: bytes, message_id: int, cookie: str, typed: Typed, now: float) -> str:
    """`typed` for an address of this message's pages, in this browser."""
    numbers = {delivery: number for delivery, number in typed.numbers.items() if number.strip()}
    content = [int(now), [[each, numbers[each], typed.regions.get(each, "")] for each in numbers], typed.only]
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    sealed = seal(key, plain, _PURPOSE, message_id, fingerprint(cookie).hex())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def found(key: bytes, message_id: int, cookie: str, text: str, now: float) -> Typed | None:
    """What `kept` was given; None for anything else, or an hour later."""
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        plain = unseal(key, sealed, _PURPOSE, message_id, fingerprint(cookie).hex())
    except (UnicodeEncodeError, binascii.Error, SealBroken):
        return None
    at, rows, only = json.loads(plain.decode("utf-8", "surrogatepass"))
    if not at <= now < at + SECONDS:
        return None
    numbers, regions = {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows if row[2]}
    return Typed(numbers, regions, only)
