"""What was found in one mail, and how much of it may still be read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from zegel.message.text import charset as charsets
from zegel.message.text.markup import unquoted
from zegel.message.text.normalise import folded, folded_utf8, unhyphenated
from zegel.message.text.separated import tabbed, tabbed_bytes

Where = Literal["subject", "headers", "body", "attachments", "filenames"]
Kind = Literal["encrypted", "corrupt", "limit", "timeout", "unsupported"]
"""Why something was not read. "unsupported": a format for which the tool is not installed, or none exists."""
Properties = tuple[tuple[str, str], ...]
Opener = Callable[[bytes, str, str, str, int], None]
"""Reads a file: its bytes, its path, its name, its declared type, its depth (1 for a file of the mail itself)."""

_MOST_PROPERTIES = 300
_LONGEST_PROPERTY = 2000
_VISIBLE = re.compile(rb"[^\s\x1c-\x1f]")
"""What `str.isspace` does not take for blank either."""
_LONGEST_PLACE = 100
_SOFT_BREAK = re.compile("\u00ad[ \\t]*\\r?\\n")
_SOFT_BREAK_IN_UTF8 = re.compile(rb"\xc2\xad[ \t]*\r?\n")
"""A hyphen that is shown only where a line ends, and the end."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text of one place, normalised."""

    where: Where
    part: str
    """Path of the part, of a member of a file "2:dir/a.docx", of a part of a nested mail "2:1.1"."""
    data: bytes
    """In UTF-8, as it is searched: `normalise.folded`."""
    place: str = ""
    """Where in the part, as somebody would say it: "page 3", "sheet Clients", "slide 2"; "" when that is not known.
    The name of a sheet is the writer's: it may say anything, and belongs in no log."""

    @property
    def content(self) -> str:
        """The text as a string."""
        return self.data.decode("utf-8")


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, or a member of an archive in one."""

    part: str
    name: str
    """As the sender gave it, "" when there is none."""
    type: str
    """MIME type by content."""
    size: int
    """Decoded bytes."""
    properties: Properties = ()
    """What the document says about itself: title, author, sensitivity labels (MSIP_Label_…), name and value."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be read whole; what could be read of it is in the texts all the same."""

    part: str
    name: str
    kind: Kind


class Exceeded(Exception):
    """A limit was reached; `kind` says which sort."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


class ReadingFailed(Exception):
    """Not the mail is at fault but the machinery that reads it: nobody knows what is in it, so it has to wait."""


class Locked(Exception):
    """A document is locked with a password."""


@dataclass(slots=True)
class Budget:
    """What may still be spent on one message."""

    unpacked: int
    """Bytes that documents may still unpack to."""
    members: int
    """Members of archives that may still be opened."""
    depth: int
    """How deep things are opened inside each other."""
    deadline: float = float("inf")
    """In a worker: when it has to stop, on the clock of time.monotonic()."""
    seconds: float = float("inf")
    """In the milter: the time that workers may still take. Waiting for a free one does not count."""
    ocr: float | None = None
    """Seconds that may still be spent on reading pictures; None when pictures are not read."""

    def charge(self, size: int) -> None:
        """Take `size` unpacked bytes; Exceeded when they are not there or time is up."""
        self.unpacked -= size
        if self.unpacked < 0:
            self.unpacked = 0
            raise Exceeded("limit")
        self.check_time()

    def charge_member(self) -> None:
        """Take a member of an archive; Exceeded when there were too many."""
        self.members -= 1
        if self.members < 0:
            self.members = 0
            raise Exceeded("limit")
        self.check_time()

    def check_time(self) -> None:
        """Exceeded when the deadline has passed."""
        if time.monotonic() > self.deadline:
            raise Exceeded("timeout")


@dataclass(slots=True)
class Found:
    """The texts, files and unreadable things of one mail or document, collected while reading."""

    budget: Budget
    texts: list[Text] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    passwords: tuple[str, ...] = ()
    """Tried on what is locked."""
    room: float = float("inf")
    """Characters of text that may still be kept: readings of a mail that contradict each other multiply it."""

    def text(self, where: Where, part: str, content: str, place: str = "") -> None:
        """Keep `content`, normalised; blank text is dropped."""
        if self._takes(part, len(content)) and content and not content.isspace():
            if "\u00ad" in content:
                content = _SOFT_BREAK.sub("", content)
            self.texts.append(Text(where, part, unhyphenated(folded(content)), place[:_LONGEST_PLACE]))
            if "%" in content:
                self._unescaped(where, part, content, place)

    def bytes_of_text(self, where: Where, part: str, data: bytes, charset: str = "") -> None:
        """Keep the text that `data` is, in each charset that somebody may read it in."""
        if b"\xad" in data and b"\xc2\xad" in data:  # one byte is sought much quicker than two
            data = _SOFT_BREAK_IN_UTF8.sub(b"", data)
        as_utf8 = folded_utf8(tabbed_bytes(data)) if charsets.reads_as_utf8(data, charset) else None
        if as_utf8 is None:
            for text in charsets.readings(data, charset):
                self.text(where, part, tabbed(text))
        elif self._takes(part, len(data)) and _VISIBLE.search(as_utf8):
            self.texts.append(Text(where, part, unhyphenated(as_utf8)))
            if b"%" in as_utf8:
                self._unescaped(where, part, as_utf8.decode(), "")

    def _unescaped(self, where: Where, part: str, content: str, place: str) -> None:
        """Keep once more the lines in which characters are written as in addresses of pages, with those characters."""
        plain = unquoted(content)
        if plain and self._takes(part, len(plain)):
            self.texts.append(Text(where, part, folded(plain), place[:_LONGEST_PLACE]))

    def _takes(self, part: str, size: int) -> bool:
        """Whether there is room for so much text more; when not, that is said."""
        self.room -= size
        if self.room < 0:
            self.cannot_read(part, "", "limit")
        return self.room >= 0

    def file(self, part: str, name: str, kind: str, size: int) -> None:
        """Keep a file, and its name as text to scan."""
        self.files.append(File(part, name, kind, size))
        if name:
            self.texts.append(Text("filenames", part, folded(name)))

    def forget_file(self, part: str) -> None:
        """Drop the file at `part`, because it is kept anew by what it unlocks to."""
        self.files = [file for file in self.files if file.part != part]

    def describe(self, part: str, properties: Iterable[tuple[str, str]]) -> None:
        """Add `properties` to the file at `part`, which was kept before."""
        for place in range(len(self.files) - 1, -1, -1):
            file = self.files[place]
            if file.part == part:
                known = dict.fromkeys(file.properties)
                for name, value in properties:
                    if value and len(known) < _MOST_PROPERTIES:
                        known[name[:_LONGEST_PROPERTY], value[:_LONGEST_PROPERTY]] = None
                self.files[place] = replace(file, properties=tuple(known))
                return

    def cannot_read(self, part: str, name: str, kind: Kind) -> None:
        """Say that something was not read whole, once."""
        item = Unreadable(part, name, kind)
        if item not in self.unreadable[-20:]:
            self.unreadable.append(item)
