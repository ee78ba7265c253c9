"""Compressed RTF, as Outlook keeps a body in it (MS-OXRTFCP)."""

from __future__ import annotations

import struct

from zegel.message.found import Budget

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
    window = bytearray(_START.ljust(_DICTIONARY, b"\0"))
    write, position = len(_START), 16
    out = bytearray()
    while position < len(data) and len(out) < size:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= len(data):
                break
            if not flags >> bit & 1:
                piece = data[position : position + 1]
                position += 1
            else:
                token = int.from_bytes(data[position : position + 2], "big")
                position += 2
                start, length = token >> 4, (token & 15) + 2
                if start == write:
                    return bytes(out)
                piece = b""
                for place in range(length):
                    at = (start + place) % _DICTIONARY
                    byte = window[at : at + 1]
                    window[(write + place) % _DICTIONARY] = byte[0]
                    piece += byte
            window[write] = piece[0]
            write = (write + len(piece)) % _DICTIONARY
            out += piece
        if not len(out) & 0xFFF:
            budget.check_time()
    budget.charge(len(out))
    return bytes(out)
