"""One message on its way in from Postfix: its envelope, and its bytes in memory or in a file without a name."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from zegel.errors import TooLarge
from zegel.mail.envelope import Envelope, Reading
from zegel.mail.report_wishes import Wish

IN_MEMORY = 1 << 20
"""A message up to this size, in bytes, is held in memory; a larger one in a file that has no name."""


class MessageUnderway:
    """The envelope and bytes of one message, as they come in."""

    def __init__(self, sender: Reading, authenticated: bool, folder: Path, most: int) -> None:
        self.sender = sender
        self.authenticated = authenticated
        self.login = ""
        self.reports: list[Wish] = []
        self.envelope_id = ""
        self.recipients: list[Reading] = []
        self.by_smtp = True
        self._folder = folder
        self._most = most
        self._header: list[bytes] = []
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._most:
            self._pieces.clear()
            return
        self._pieces.append(piece)
        if self._size > IN_MEMORY:
            self._spool()

    def add_header(self, piece: bytes) -> None:
        """A field of the header, or the empty line behind it."""
        self.add(piece)
        self._header.append(piece)
        if self._size > self._most:
            self._header.clear()

    def header(self) -> bytes:
        """The header, also of a message that is too large. Raises TooLarge when the header alone is."""
        if not self._header and self._size > self._most:
            raise TooLarge(self._most)
        return b"".join(self._header)

    def content(self) -> bytes | mmap.mmap:
        """The whole message; a large one stays on disk and is mapped. Raises TooLarge."""
        if self._size > self._most:
            raise TooLarge(self._most)
        if self._file is None:
            return b"".join(self._pieces)
        self._file.flush()
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def envelope(self, queue_id: str) -> Envelope:
        doubtful = frozenset(each.address for each in (self.sender, *self.recipients) if not each.sure)
        recipients = tuple(each.address for each in self.recipients)
        return Envelope(
            queue_id, self.sender.address, recipients, self.authenticated, doubtful, self.login, self.by_smtp,
            tuple(self.reports), self.envelope_id, "" if self.sender.sure else self.sender.written,
        )  # fmt: skip

    def ways_to_write(self, addresses: Collection[str]) -> Iterator[str]:
        """How the recipients `addresses` were named in RCPT TO; Postfix deletes them by nothing else."""
        for each in dict.fromkeys(self.recipients):
            if each.address in addresses:
                yield f"<{each.written}>"

    @property
    def large(self) -> bool:
        return self._file is not None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _spool(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed by close)
        self._file.writelines(self._pieces)
        self._pieces.clear()
