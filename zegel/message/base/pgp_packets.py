"""OpenPGP messages by their packets (RFC 4880 4, RFC 9580 4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; data[start:end] is its body."""

    tag: int
    start: int
    end: int
    """Of its body; of one in pieces, where the first piece ends."""
    in_pieces: bool


def is_message(data: bytes) -> bool:
    """Whether `data` begins as a message that is encrypted, compressed or signed: no text, no key.

    >>> is_message(bytes.fromhex("85010c03") + bytes(300)), is_message("Één".encode()), is_message(b"plain")
    (True, False, False)
    """
    if data[:1] < b"\x80":
        return False
    packet = packet_at(data, 0)
    if packet is None or packet.start >= len(data):
        return False
    first, second = data[packet.start], data[packet.start + 1 : packet.start + 2]
    match packet.tag:
        case 1:
            return first in (2, 3, 6)
        case 3:
            return first in (4, 5, 6) and second[:1] < b"\x20"
        case 4:
            return first in (3, 6) and packet.end - packet.start < 100
        case 8:
            return first in (1, 2, 3)
        case 18:
            return first in (1, 2)
        case 20:
            return first == 1
        case _:
            return False


def packet_at(data: bytes, position: int) -> Packet | None:
    """The packet at `position` (RFC 4880 4.2), None when there is none."""
    if len(data) < position + 2 or not data[position] & 0x80:
        return None
    head = data[position]
    if head & 0x40:
        start, size, in_pieces = _new_length(data, position + 1)
        return Packet(head & 0x3F, start, min(start + size, len(data)), in_pieces)
    width = (1, 2, 4, 0)[head & 3]
    start = position + 1 + width
    size = int.from_bytes(data[position + 1 : start], "big") if width else len(data)
    return Packet(head >> 2 & 15, start, min(start + size, len(data)), False)


def _new_length(data: bytes, position: int) -> tuple[int, int, bool]:
    first = data[position]
    if first < 192:
        return position + 1, first, False
    if first < 224:
        return (
            position + 2,
            ((first - 192) << 8) + int.from_bytes(data[position + 1 : position + 2], "big") + 192,
            False,
        )
    if first < 255:
        return position + 1, 1 << (first & 31), True
    return position + 5, int.from_bytes(data[position + 1 : position + 5], "big"), False


def body_of(data: bytes, packet: Packet) -> bytes:
    """All of the body, its pieces joined."""
    pieces, start, end, more = [data[packet.start : packet.end]], packet.start, packet.end, packet.in_pieces
    while more and end < len(data):
        start, size, more = _new_length(data, end)
        end = min(start + size, len(data))
        pieces.append(data[start:end])
    return b"".join(pieces)
