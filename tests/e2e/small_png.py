"""Screenshots made small: a page without photographs has few colours, and the edges of its letters many."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from itertools import pairwise

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def small(png: bytes) -> bytes:
    """The picture with a palette of its 256 colours most used (RFC 2083); as it was when that would show."""
    chunks = _chunks(png)
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", chunks["IHDR"])
    if (depth, kind, *rest) != (8, 2, 0, 0, 0):
        return png
    pixels = _unfiltered(zlib.decompress(chunks["IDAT"]), width * 3, height)
    rows = [[row[x : x + 3] for x in range(0, len(row), 3)] for row in pixels]
    used = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in used.most_common(256)]
    if used.total() - sum(used[colour] for colour in palette) > used.total() / 20:
        return png
    number = {colour: min(range(len(palette)), key=lambda n: _distance(palette[n], colour)) for colour in used}
    data = b"".join(b"\0" + bytes(number[colour] for colour in row) for row in rows)
    made = {"IHDR": struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0), "PLTE": b"".join(palette)}
    made |= {"IDAT": zlib.compress(data, 9), "IEND": b""}
    return _SIGNATURE + b"".join(_chunk(name.encode(), content) for name, content in made.items())


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunks(png: bytes) -> dict[str, bytes]:
    """The chunks by their names; those of one name joined."""
    found: dict[str, bytes] = {}
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        found[name.decode()] = found.get(name.decode(), b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    return found


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _unfiltered(data: bytes, length: int, height: int) -> list[bytes]:
    """The rows as they were before the filters of PNG (RFC 2083, 6)."""
    rows: list[bytes] = []
    above = bytes(length)
    for start, end in pairwise(range(0, (length + 1) * (height + 1), length + 1)):
        how, row = data[start], bytearray(data[start + 1 : end])
        for x in range(length):
            left, corner = (row[x - 3], above[x - 3]) if x >= 3 else (0, 0)
            guess = (0, left, above[x], (left + above[x]) // 2, _paeth(left, above[x], corner))[how]
            row[x] = (row[x] + guess) & 255
        above = bytes(row)
        rows.append(above)
    return rows


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((abs(guess - each), order, each) for order, each in enumerate((left, above, corner)))[2]
