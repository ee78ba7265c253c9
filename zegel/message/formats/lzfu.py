"""Compressed RTF, as Outlook keeps a body in it (MS-OXRTFCP)."""

from __future__ import annotations

import struct

from zegel.message.base.found import Budget

_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the dictionary holds before the first byte (MS-OXRTFCP 2.1.2.1)."""
_DICTIONARY = 4096


def rtf(data: bytes, budget: Budget) -> bytes:
    """The RTF in `data`, as far as it goes. Raises Exceeded."""
    if len(data) < 16:
        return b""
    kind, (size,) = data[8:12], struct.unpack_from("<I", data, 4)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    if kind != _COMPRESSED:
        return b""
    # Where the format speaks of a place in a ring of 4,096 bytes, this looks as far back in all that was written.
    out = bytearray(_DICTIONARY) + _START
    begin = len(out)
    position, checked = 16, begin
    while position < len(data) and len(out) - begin < size:
        flags = data[position]
        position += 1
        if not flags:
            out += data[position : position + 8]
            position += 8
            continue
        for bit in range(8):
            if position >= len(data):
                break
            if not flags >> bit & 1:
                out += data[position : position + 1]
                position += 1
            else:
                token = int.from_bytes(data[position : position + 2], "big")
                position += 2
                back, length = (len(out) - (token >> 4)) % _DICTIONARY, (token & 15) + 2
                if not back:
                    budget.charge(len(out) - begin)
                    return bytes(out[begin:])
                piece = out[len(out) - back : len(out) - back + length]
                out += piece if back >= length else (piece * length)[:length]
        if len(out) - checked > 100_000:
            budget.check_time()
            checked = len(out)
    budget.charge(len(out) - begin)
    return bytes(out[begin:])
