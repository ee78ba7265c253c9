"""A download that nobody waits for: waitress reads it as fast as the browser does.

Waitress takes a generator in one of its few threads, and that thread waits for the browser; some slow readers would
be the whole portal. What looks like a file it reads in the loop that serves all connections, a piece at a time. A
download is no file here, it is unsealed piece by piece; so this looks like one as far as waitress needs it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

_MOST = 1 << 18
"""Bytes given at a time, and so about what a slow reader keeps in memory besides one piece."""


class Stream(io.RawIOBase):
    """`size` bytes out of `pieces`, in order; goes back no further than to what was not yet sent.

    Raises ValueError when `pieces` hold less or are asked for what is gone.
    """

    def __init__(self, pieces: Iterator[bytes], size: int) -> None:
        super().__init__()
        self._pieces = pieces
        self._size = size
        self._kept = b""
        self._from = 0
        """Where in the whole `_kept` begins."""
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """A step forward says that what was read has been sent."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if whence == io.SEEK_CUR:
            self._drop()
        return self._at

    def read(self, size: int = -1) -> bytes:
        wanted = min(size if size >= 0 else self._size, _MOST, self._size - self._at)
        begin = self._at - self._from
        if begin < 0:
            raise ValueError("this was sent already")
        while len(self._kept) < begin + wanted:
            piece = next(self._pieces, None)
            if piece is None:
                raise ValueError("a download is shorter than was said")
            self._kept += piece
        self._at += wanted
        return self._kept[begin : begin + wanted]

    def close(self) -> None:
        """Ends the generator too, and with it what it holds open."""
        if not self.closed:
            closing = getattr(self._pieces, "close", None)
            if closing is not None:
                closing()
            self._kept = b""
        super().close()

    def _drop(self) -> None:
        gone = self._at - self._from
        if _MOST <= gone <= len(self._kept):  # not for each packet: what is kept is copied
            self._kept, self._from = self._kept[gone:], self._at
