"""What the filters of a PDF stream undo (ISO 32000-2, 7.4), one behind the other, within the budget."""

from __future__ import annotations

import binascii
import re

from zegel.message.base.found import Budget
from zegel.message.formats.archive import inflated

_FILTER = re.compile(rb"/Filter\s{0,9}(\[[^\]]{0,500}\]|/[A-Za-z0-9]{1,30})")
_NAME = re.compile(rb"/([A-Za-z0-9]{1,30})")
_PREDICTOR = re.compile(rb"/Predictor\s{0,9}(\d{1,3})")
_COLUMNS = re.compile(rb"/Columns\s{0,9}(\d{1,6})")
_SHORT = {b"AHx": b"ASCIIHexDecode", b"A85": b"ASCII85Decode", b"LZW": b"LZWDecode", b"Fl": b"FlateDecode",
          b"RL": b"RunLengthDecode"}  # fmt: skip
"""Names that inline images use, and lenient readers take anywhere."""
_CLEAR, _END_OF_LZW = 256, 257


def filters(head: bytes) -> list[bytes]:
    """The names of the filters in the dictionary of a stream, in their order.

    >>> filters(b"<< /Filter [/ASCIIHexDecode/Fl] >>"), filters(b"<< /Filter/FlateDecode >>"), filters(b"<< >>")
    ([b'ASCIIHexDecode', b'FlateDecode'], [b'FlateDecode'], [])
    """
    match = _FILTER.search(head)
    names = _NAME.findall(match[1]) if match else []
    return [_SHORT.get(name, name) for name in names]


def unfiltered(raw: bytes, head: bytes, budget: Budget) -> bytes:
    """The content of a stream, as far as its filters can be undone; pictures stay as they are. Raises Exceeded.

    >>> unfiltered(b"4 2 5 3 4E>", b"<< /Filter /ASCIIHexDecode >>", Budget(1000, 0, 0))
    b'BSN'
    >>> unfiltered(b"<~6;pV~>", b"<< /Filter [/A85] >>", Budget(1000, 0, 0))
    b'BSN'
    """
    for name in filters(head):
        match name:
            case b"FlateDecode":
                raw = inflated(raw, budget)
            case b"ASCIIHexDecode":
                digits = re.sub(rb"[^0-9A-Fa-f]", b"", raw.partition(b">")[0])
                raw = binascii.unhexlify(digits + b"0" * (len(digits) % 2))
            case b"ASCII85Decode":
                raw = _ascii85(raw)
            case b"LZWDecode":
                raw = _lzw(raw, budget, early=b"/EarlyChange 0" not in head)
            case b"RunLengthDecode":
                raw = _run_length(raw, budget)
            case b"Crypt":
                continue
            case _:
                return raw
        if name in (b"FlateDecode", b"LZWDecode"):
            predictor, columns = _PREDICTOR.search(head), _COLUMNS.search(head)
            if predictor and int(predictor[1]) >= 10:
                raw = _unpredicted(raw, int(columns[1]) if columns else 1)
    return raw


def _ascii85(raw: bytes) -> bytes:
    """Base 85 as Adobe writes it; a sign that is none of it is passed over."""
    digits = raw.strip().removeprefix(b"<~").partition(b"~")[0]
    found = bytearray()
    group: list[int] = []
    for byte in digits:
        if byte == 0x7A and not group:
            found += bytes(4)
        elif 33 <= byte <= 117:
            group.append(byte - 33)
            if len(group) == 5:
                found += _number(group)
                group = []
    if len(group) > 1:
        found += _number(group + [84] * (5 - len(group)))[: len(group) - 1]
    return bytes(found)


def _number(group: list[int]) -> bytes:
    value = 0
    for digit in group:
        value = value * 85 + digit
    return (value & 0xFFFF_FFFF).to_bytes(4, "big")


def _lzw(raw: bytes, budget: Budget, *, early: bool) -> bytes:
    """LZW with codes of 9 to 12 bits, the highest first (7.4.4.2)."""
    pieces: list[bytes] = []
    table: list[bytes] = []
    bits = held = 0
    width, last = 9, b""
    start = [bytes([byte]) for byte in range(256)] + [b"", b""]
    table = list(start)
    for byte in raw:
        held, bits = (held << 8 | byte) & 0xFF_FFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits & ((1 << width) - 1)
        if code == _END_OF_LZW:
            break
        if code == _CLEAR:
            table, width, last = list(start), 9, b""
            continue
        if code < len(table):
            piece = table[code]
        elif code == len(table) and last:
            piece = last + last[:1]
        else:
            break
        budget.charge(len(piece))
        pieces.append(piece)
        if last and len(table) < 4096:
            table.append(last + piece[:1])
        last = piece
        width = min(12, max(9, (len(table) + early).bit_length()))
    return b"".join(pieces)


def _run_length(raw: bytes, budget: Budget) -> bytes:
    pieces: list[bytes] = []
    position = 0
    while position < len(raw) and raw[position] != 128:
        length = raw[position]
        if length < 128:
            piece = raw[position + 1 : position + 2 + length]
            position += 2 + length
        else:
            piece = raw[position + 1 : position + 2] * (257 - length)
            position += 2
        budget.charge(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


def _unpredicted(raw: bytes, columns: int) -> bytes:
    """Rows of bytes, each by how it differs from the one above (PNG 9.2)."""
    width = columns + 1
    above, found = bytearray(columns), bytearray()
    for start in range(0, len(raw), width):
        kind, row = raw[start], bytearray(raw[start + 1 : start + width])
        for place in range(len(row)):
            left = row[place - 1] if place else 0
            up = above[place]
            corner = above[place - 1] if place else 0
            row[place] = (row[place] + _guess(kind, left, up, corner)) & 255
        found += row
        above = row + bytearray(columns - len(row))
    return bytes(found)


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 3:
        return (left + up) // 2
    if kind == 4:
        near = left + up - corner
        return min((abs(near - left), 0, left), (abs(near - up), 1, up), (abs(near - corner), 2, corner))[2]
    return (0, left, up)[kind] if kind < 3 else 0
