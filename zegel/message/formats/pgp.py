"""OpenPGP messages (RFC 4880, RFC 9580): what is encrypted says so, what is only packed or signed is opened."""

from __future__ import annotations

import bz2

from zegel.message.base.found import Budget
from zegel.message.base.pgp_packets import body_of, packet_at
from zegel.message.formats.archive import RAW, inflated

_SESSION_KEY, _PASSWORD_KEY = 1, 3
_COMPRESSED, _OLD_ENCRYPTED, _LITERAL, _ENCRYPTED, _AEAD = 8, 9, 11, 18, 20
_MOST_PACKETS = 20
_LARGEST_UNPACKED = 100_000_000


def opened(data: bytes, budget: Budget) -> tuple[str, bytes] | None:
    """Name and bytes of what a message holds; None when it is encrypted.

    ValueError when it is broken. Raises Exceeded.
    """
    position = 0
    for _ in range(_MOST_PACKETS):
        packet = packet_at(data, position)
        if packet is None:
            break
        if packet.tag in (_SESSION_KEY, _PASSWORD_KEY, _OLD_ENCRYPTED, _ENCRYPTED, _AEAD):
            return None
        body = body_of(data, packet)
        if packet.tag == _COMPRESSED:
            data, position = _unpacked(body, budget), 0
            continue
        if packet.tag == _LITERAL:
            size = body[1] if len(body) > 1 else 0
            return body[2 : 2 + size].decode("utf-8", "replace"), body[2 + size + 4 :]
        position = packet.end
    raise ValueError("no message")


def _unpacked(body: bytes, budget: Budget) -> bytes:
    if body[:1] == b"\1":
        return inflated(body[1:], budget, RAW)
    if body[:1] == b"\2":
        return inflated(body[1:], budget)
    if body[:1] != b"\3":
        raise ValueError("packed in no known way")
    try:
        content = bz2.BZ2Decompressor().decompress(body[1:], min(budget.unpacked + 1, _LARGEST_UNPACKED))
    except OSError as error:
        raise ValueError("broken") from error
    budget.charge(len(content))
    return content
