"""A piece of an original made small before it is sealed, in one of few lengths.

A packed piece is

    length of the frame (4 bytes, big-endian) | frame (Zstandard, RFC 8878) | zeros

How well a text shrinks says something about it. So the whole is filled up to a length of Padmé (Nikitin, Barman et
al. 2019): at most 12 % longer, under 4 % for a megabyte, and the number of lengths that there are grows with the
logarithm only.
"""

from __future__ import annotations

from collections import deque

import zstandard

PIECE_BYTES = 1 << 20
"""A piece before it is packed; none unpacks to more, whatever it says."""
_LEVEL = 3
_HEAD = 4
_LEAST = 512
"""Bytes of the shortest packed piece."""

_COMPRESSORS: deque[zstandard.ZstdCompressor] = deque(maxlen=4)
"""Those that nobody uses now: each belongs to one thread at a time, and making one costs half of what it then does."""


class NotPacked(ValueError):
    """Bytes that no packing gave."""


def pack(piece: bytes) -> bytes:
    """`piece` packed. Raises ValueError when it is too long.

    >>> unpack(pack(b"hallo")) == b"hallo", len(pack(b"hallo")), len(pack(b"hallo" * 100))
    (True, 512, 512)
    """
    if len(piece) > PIECE_BYTES:
        raise ValueError("the piece is too long")
    try:
        compressor = _COMPRESSORS.pop()
    except IndexError:
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=False, write_content_size=True)
    frame = compressor.compress(piece)
    _COMPRESSORS.append(compressor)
    return (len(frame).to_bytes(_HEAD, "big") + frame).ljust(padded(_HEAD + len(frame)), b"\0")


def unpack(packed: bytes) -> bytes:
    """What `pack` was given. Raises NotPacked, before it takes memory for more than a piece."""
    size = int.from_bytes(packed[:_HEAD], "big")
    frame = packed[_HEAD : _HEAD + size]
    try:
        if len(frame) != size or not 0 <= zstandard.frame_content_size(frame) <= PIECE_BYTES:
            raise NotPacked
        return zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError:
        raise NotPacked from None


def padded(length: int) -> int:
    """The next length of Padmé.

    >>> [padded(length) for length in (1, 512, 513, 1_000, 20_000, 1_000_000)]
    [512, 512, 544, 1024, 20480, 1015808]
    """
    exponent = max(length, _LEAST).bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return -(-max(length, _LEAST) // unit) * unit
