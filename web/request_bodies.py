"""What browsers send, while it comes in: how much each address takes, and where it is kept.

Waitress reads the whole of a request before anybody looks at it, and puts what is long into a temporary file. Here
that file has no name and lies in the private spool folder, as mails do while they are inspected. What is more than its
address takes is read and dropped, except for its beginning, so that the browser gets a page instead of a broken line.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from zegel_web.request_framing import Parser as Framed

IN_MEMORY = 200_000
"""Bytes of a request that stay in memory."""
BEGINNING = 150_000
"""Bytes that are kept of what is too much: what was typed stands before the files."""
MOST_AT_ONCE = 16
"""Requests that may be longer than IN_MEMORY at the same time; of another only the beginning is kept."""
MOST_AT_ONE_PATH = 4
"""Of these at one address, that is with one link: a link is enough to begin one, and to let it last very long."""

Takes = Callable[[str, str], int]
"""How many bytes a method and a path take."""


class Room:
    """The place for the bodies of one server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.long: weakref.WeakSet[Body] = weakref.WeakSet()

    def takes(self, path: str) -> bool:
        """Whether one more may be long."""
        return len(self.long) < MOST_AT_ONCE and sum(each.path == path for each in self.long) < MOST_AT_ONE_PATH


class Body:
    """The buffer of one request, as waitress wants it."""

    def __init__(self, room: Room, most: int, path: str) -> None:
        self.path = path
        self._room = room
        self._most = most
        self._size = 0
        self._cut = False
        self._file = _file(room)

    def append(self, data: bytes) -> None:
        before, self._size = self._size, self._size + len(data)
        if self._size > self._most:
            self.cut()
        elif before <= IN_MEMORY < self._size and not self._cut:
            if self._room.takes(self.path):
                self._room.long.add(self)
            else:
                self.cut()
        try:
            self._file.write(data[: max(0, BEGINNING - before)] if self._cut else data)
        except OSError:  # the disk is full, and the loop that calls this serves everybody
            self.cut()

    def cut(self) -> None:
        """Keeps the beginning only, and nothing of what still comes."""
        if self._cut:
            return
        self._cut = True
        self._room.long.discard(self)
        self._file.seek(0)
        beginning = self._file.read(BEGINNING)
        self._file.close()
        self._file = _file(self._room)
        self._file.write(beginning)

    def getfile(self) -> IO[bytes]:
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._room.long.discard(self)
        self._file.close()

    def __len__(self) -> int:
        return self._size


def _file(room: Room) -> IO[bytes]:
    return cast(IO[bytes], tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(room.folder)))


def parser(room: Room, takes: Takes) -> type[HTTPRequestParser]:
    """The class that reads requests for a server whose addresses take what `takes` says."""

    class Parser(Framed):
        error: Any
        expect_continue: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if self.body_rcv is None:
                return
            most = takes(self.command, self.path)
            self.body_rcv.buf = Body(room, most, self.path)
            if self.content_length > most:
                self.body_rcv.buf.cut()
                if self.expect_continue:  # it asks before it sends, so it can be told at once
                    self.expect_continue, self.completed = False, True
                    self.headers["CONNECTION"] = "close"

        def received(self, data: bytes) -> int:
            consumed = int(super().received(data))
            if isinstance(self.error, RequestEntityTooLarge):
                # Even more than is read to be dropped. The portal has a page for it, waitress a line of text.
                self.error = None
                self.headers["CONTENT_LENGTH"] = str(max(self.content_length, self.body_bytes_received))
                self.headers["CONNECTION"] = "close"
            return consumed

    return Parser
