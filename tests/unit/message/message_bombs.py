"""Files that are small and want to be large: bombs, overlaps, and an archive that contains itself."""

from __future__ import annotations

import struct
import zlib

from tests.unit.message.message_samples import bomb, zipped


def nested_bomb(levels: int, width: int = 16) -> bytes:
    """Archives of archives of archives; at the bottom 10 MB in each."""
    data = bomb(10)
    for _ in range(levels):
        data = zipped({f"{number}.zip": data for number in range(width)})
    return data


def overlapping_bomb(count: int) -> bytes:
    """A ZIP whose directory names the same 20 MB `count` times."""
    data = zipped({"a": b"0" * 20_000_000})
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entries = data[start:end] * count
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)
    return data[:start] + entries + tail


def billion_laughs() -> str:
    """XML whose entities would stand for a hundred thousand million words."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE lolz [<!ENTITY l0 "lol">{entities}]><w:document><w:p>&l11;</w:p></w:document>'


# A ZIP that contains itself. The construction is Russ Cox's ("Zip Files All The Way Down", 2010): a deflate stream
# of two commands, L(n) "write the next n bytes" and R(n) "write the last n bytes once more", that writes itself and
# the headers around it.

_NAME = b"r.zip"
_HEADER = 253
"""Size of the local header with its name and padding: then R of it and an L is exactly five bytes long."""


class _Bits:
    """A block of deflate with fixed codes (RFC 1951 3.2.6)."""

    def __init__(self, last: bool = False) -> None:
        self.bits: list[int] = []
        self.plain(int(last), 1)
        self.plain(1, 2)

    def plain(self, value: int, count: int) -> None:
        self.bits += [value >> bit & 1 for bit in range(count)]

    def code(self, value: int, count: int) -> None:
        self.bits += [value >> bit & 1 for bit in reversed(range(count))]

    def packed(self) -> bytes:
        padded = self.bits + [0] * (-len(self.bits) % 8)
        return bytes(
            sum(bit << place for place, bit in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8)
        )


def _write(count: int) -> bytes:
    """L: a stored block's head."""
    return b"\0" + struct.pack("<HH", count, count ^ 0xFFFF)


def _repeat_20() -> bytes:
    """R of 20 bytes: twice 10 from 20 back."""
    block = _Bits()
    for _ in range(2):
        block.code(264 - 256, 7)
        block.code(8, 5)
        block.plain(20 - 17, 3)
    block.code(0, 7)
    return block.packed()


def _repeat_258() -> bytes:
    """R of 258 bytes, and an empty block that fills the fifth byte."""
    block = _Bits()
    block.code(0b11000101, 8)
    block.code(16, 5)
    block.plain(258 - 257, 7)
    block.code(0, 7)
    block.plain(0, 1)
    block.plain(1, 2)
    block.code(0, 7)
    return block.packed()


def _repeat_77() -> bytes:
    """The last R, of 77 bytes."""
    block = _Bits(last=True)
    block.code(277 - 256, 7)
    block.plain(77 - 67, 4)
    block.code(12, 5)
    block.plain(77 - 65, 5)
    block.code(0, 7)
    return block.packed()


def _itself(crc: int, time: int) -> bytes:
    r20, r258, r77 = _repeat_20(), _repeat_258(), _repeat_77()
    l_head, l5, l20, l0, l_tail = _write(_HEADER + 5), _write(5), _write(20), _write(0), _write(77)
    padding = _HEADER - 30 - len(_NAME)

    def around(packed: int, size: int) -> tuple[bytes, bytes]:
        fields = struct.pack("<HHHHHIII", 20, 0, 8, time, 0, crc, packed, size)
        head = b"PK\x03\x04" + fields + struct.pack("<HH", len(_NAME), padding) + _NAME
        head += struct.pack("<HH", 0xFFFF, padding - 4) + bytes(padding - 4)
        tail = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHHHII", len(_NAME), 0, 0, 0, 0, 0, 0)
        tail += _NAME
        tail += struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(tail), _HEADER + packed, 0)
        return head, tail

    def stream(head: bytes, tail: bytes) -> bytes:
        return b"".join([
            l_head, head, l_head, r258, l5, r258, l5, l5, l20, r258, l5, l5, l20, r20,
            l20, r20, l20, r20, l20, r20, l20, r20, l0, l0, l_tail, r20, l0, l0, l_tail, r77, tail, r77,
        ])  # fmt: skip

    head, tail = around(0, 0)
    packed = len(stream(head, tail))
    head, tail = around(packed, len(head) + packed + len(tail))
    return head + stream(head, tail) + tail


def quine() -> bytes:
    """A ZIP whose one member is the ZIP itself, its checksum included.

    The checksum of the file depends on the checksum in it bit by bit and without carries: 32 equations.
    """
    for time in range(100):
        nothing = zlib.crc32(_itself(0, time))
        rows = []
        columns = [zlib.crc32(_itself(1 << bit, time)) ^ nothing ^ (1 << bit) for bit in range(32)]
        for bit in range(32):
            row = sum((columns[column] >> bit & 1) << column for column in range(32))
            rows.append(row | (nothing >> bit & 1) << 32)
        solved = _solved(rows)
        if solved is not None:
            return _itself(solved, time)
    raise AssertionError("no checksum fits")


def _solved(rows: list[int]) -> int | None:
    """The 32 unknown bits of 32 equations, each with its right side in bit 32; None when there is no answer."""
    for column in range(32):
        pivot = next((place for place in range(column, 32) if rows[place] >> column & 1), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for place in range(32):
            if place != column and rows[place] >> column & 1:
                rows[place] ^= rows[column]
    return sum((row >> 32 & 1) << place for place, row in enumerate(rows))
