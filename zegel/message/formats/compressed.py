"""Files that are compressed by themselves: gzip, bzip2, xz and bare zlib, in one stream or in several."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any

from zegel.message.base.found import Found
from zegel.message.formats.archive import Inner, below

_PIECE = 256 * 1024
_LZMA_MEMORY = 128_000_000
_BLOCK = 16 * 1024
"""Compressed bytes that are given to an unpacker at once: of a file of thousands of streams no more is given twice."""
_MARK_SIZE = {"gzip": 2, "bzip2": 3, "xz": 6, "zlib": 1}


def read_compressed(found: Found, data: bytes, kind: str, part: str, name: str, inner: Inner) -> None:
    """The one file in a gzip, bzip2, xz or bare zlib."""
    plain = (
        name.rpartition(".")[0] if name.lower().endswith((".gz", ".bz2", ".xz", ".tgz", ".z", ".zz", ".zlib")) else name
    )
    if name.lower().endswith(".tgz"):
        plain += ".tar"
    streams = _Streams(data, kind)
    if kind == "gzip" and data[3:4] > b"\0":
        # What a gzip says of its file: the name and a comment behind the first ten bytes, flags and a date (RFC 1952).
        said = data[10:1000].partition(b"\0\0")[0].decode("latin-1").replace("\0", "\n") if data[3] & 0x18 else ""
        found.text("filenames", part, said)
    found.budget.charge_member()
    pieces: list[bytes] = []
    try:
        for piece in streams.pieces():
            found.budget.charge(len(piece))
            pieces.append(piece)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        found.cannot_read(part, name, "corrupt")
    inner(b"".join(pieces), below(part, plain or "content"), plain)
    rest = data[streams.position :].strip(b"\0")
    if streams.ended and rest:  # programs pass over it, and say so
        found.budget.charge_member()
        inner(rest, below(part, "rest"), "")


class _Streams:
    """What is compressed in one stream or in several behind each other, which programs unpack as one."""

    def __init__(self, data: bytes, kind: str) -> None:
        self.position = 0
        self.ended = False
        """Whether the last stream was whole."""
        self._data = memoryview(data)
        self._kind = kind

    def pieces(self) -> Iterator[bytes]:
        """All that they unpack to, piece by piece. Raises what the unpackers raise."""
        mark = bytes(self._data[: _MARK_SIZE[self._kind]])
        while self._data[self.position : self.position + len(mark)] == mark:
            self.ended = False
            yield from self._stream()
            self.ended = True
            while self._kind in ("gzip", "xz") and self._data[self.position : self.position + 4] == bytes(4):
                self.position += 4
            if self._kind == "zlib":
                return

    def _stream(self) -> Iterator[bytes]:
        if self._kind in ("gzip", "zlib"):
            yield from self._inflated(
                zlib.decompressobj(zlib.MAX_WBITS | 16 if self._kind == "gzip" else zlib.MAX_WBITS)
            )
            return
        unpack: Any = (
            bz2.BZ2Decompressor()
            if self._kind == "bzip2"
            else lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)
        )
        while not unpack.eof:
            source = self._data[self.position : self.position + _BLOCK] if unpack.needs_input else b""
            if unpack.needs_input and not source:
                raise EOFError("ends too early")
            self.position += len(source)
            yield unpack.decompress(source, _PIECE)
        self.position -= len(unpack.unused_data)

    def _inflated(self, unpack: Any) -> Iterator[bytes]:
        while not unpack.eof:
            source = self._data[self.position : self.position + _BLOCK]
            piece = unpack.decompress(source, _PIECE)
            used = len(source) - len(unpack.unconsumed_tail) - len(unpack.unused_data)
            self.position += used
            if not (piece or used or unpack.eof):
                raise EOFError("ends too early")
            yield piece
