"""The source of VBA macros, which is kept compressed (MS-OVBA 2.4.1)."""

from __future__ import annotations

import re

_START = re.compile(rb"\x01..\x00Attribut", re.DOTALL)
_MOST = 5_000_000


def macro_source(stream: bytes) -> bytes:
    """The source code in a module stream of a VBA project, b"" when there is none."""
    start = _START.search(stream)
    if start is None:
        return b""
    position = start.start() + 1
    source = bytearray()
    while position + 2 < len(stream) and len(source) < _MOST:
        header = int.from_bytes(stream[position : position + 2], "little")
        end = min(position + (header & 0x0FFF) + 3, len(stream))
        if header & 0x8000:
            source += expanded(stream[position + 2 : end])
        else:
            source += stream[position + 2 : end]
        position = end
    return bytes(source)


def expanded(chunk: bytes) -> bytes:
    """What a compressed chunk stands for, as far as it is whole."""
    source = bytearray()
    position = 0
    while position < len(chunk):
        flags = chunk[position]
        position += 1
        for bit in range(8):
            if position >= len(chunk):
                break
            if not flags >> bit & 1:
                source.append(chunk[position])
                position += 1
                continue
            token = int.from_bytes(chunk[position : position + 2], "little")
            position += 2
            done = len(source)
            bits = max(4, (done - 1).bit_length()) if done > 1 else 4
            length, back = (token & 0xFFFF >> bits) + 3, (token >> 16 - bits) + 1
            if back > done:
                return bytes(source)
            for _ in range(length):
                source.append(source[-back])
    return bytes(source)
