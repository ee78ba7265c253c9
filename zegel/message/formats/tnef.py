"""winmail.dat: mails as Outlook wraps them for itself (TNEF, MS-OXTNEF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from zegel.message.base.found import Found
from zegel.message.formats.archive import Inner, below
from zegel.message.formats.msg import ATTACHED, binary_text, code_page, property_text
from zegel.message.formats.plain import strings
from zegel.message.text import charset as charsets

SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTACHMENT_STARTS, _ATTACHMENT_DATA, _ATTACHMENT_NAME = 0x9002, 0x800F, 0x8010
_ATTACHMENT_PROPERTIES, _PROPERTIES, _CODE_PAGE, _RECIPIENTS, _THUMBNAIL = 0x9005, 0x9003, 0x9007, 0x9004, 0x8011
_FIXED = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8,
          0x0040: 8, 0x0048: 16}  # fmt: skip
_TEXT, _WIDE_TEXT, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_MANY = 0x1000
_MOST = 100_000


def read_tnef(found: Found, data: bytes, part: str, name: str, inner: Inner) -> None:
    """The message in a winmail.dat, then its attachments. What is broken ends the reading as "corrupt"."""
    reading = Reading(found, part, inner)
    try:
        for level, number, content in attributes(data):
            reading.attribute(level, number, content)
    except (struct.error, ValueError):
        found.cannot_read(part, name, "corrupt")
        found.text("attachments", part, strings(data))
    reading.end()


class Reading:
    """What the inspection wants of it: all texts, and what is attached."""

    def __init__(self, found: Found, part: str, inner: Inner) -> None:
        self.found = found
        self.part = part
        self.inner = inner
        self.charset = ""
        self.texts: list[str] = []
        self.number = 0
        self.name = ""
        self.data: list[bytes] = []

    def attribute(self, level: int, number: int, content: bytes) -> None:
        """One attribute of the message (level 1) or of an attachment (level 2)."""
        self.found.budget.check_time()
        if number == _CODE_PAGE:
            self.charset = code_page(int.from_bytes(content[:4], "little"))
        elif number == _ATTACHMENT_STARTS:
            self.end_of_attachment()
            self.number += 1
        elif number == _ATTACHMENT_NAME:
            self.name = self.name or charsets.decode(content.rstrip(b"\0"), self.charset)
        elif number == _ATTACHMENT_DATA:
            self.data.append(content)
        elif number in (_PROPERTIES, _ATTACHMENT_PROPERTIES):
            self.properties(content, 0)
        elif number == _RECIPIENTS:
            position = 4
            for _ in range(min(int.from_bytes(content[:4], "little"), _MOST)):
                position = self.properties(content, position)
        elif number != _THUMBNAIL:
            self.texts.append(strings(content))

    def properties(self, content: bytes, position: int) -> int:
        """A list of properties from `position`, and where it ends."""
        (count,) = struct.unpack_from("<I", content, position)
        position += 4
        for _ in range(min(count, _MOST)):
            self.found.budget.check_time()
            position = self.one_property(content, position)
        return position

    def one_property(self, content: bytes, position: int) -> int:
        """A property: kind, number, a name when the number is a private one, values (MS-OXTNEF 2.1.3.4)."""
        kind, number = struct.unpack_from("<HH", content, position)
        position += 4
        if number >= 0x8000:
            (by_name,) = struct.unpack_from("<I", content, position + 16)
            position += 20
            (size,) = struct.unpack_from("<I", content, position)
            position += 4
            if by_name:
                self.texts.append(content[position : position + size].decode("utf-16-le", "replace").rstrip("\0"))
                position += size + -size % 4
        of_size = _FIXED.get(kind & ~_MANY)
        count = 1
        if kind & _MANY or of_size is None:
            (count,) = struct.unpack_from("<I", content, position)
            position += 4
        for _ in range(min(count, _MOST)):
            if of_size is not None:
                position += of_size
                continue
            (size,) = struct.unpack_from("<I", content, position)
            self.value(kind & ~_MANY, f"{number:04X}", content[position + 4 : position + 4 + size])
            position += 4 + size + -size % 4
            if position > len(content) + 3:
                raise ValueError("a property is longer than what holds it")
        return position

    def value(self, kind: int, number: str, value: bytes) -> None:
        """The value of a property of variable size."""
        if kind == _TEXT:
            self.text(number, charsets.decode(value.rstrip(b"\0"), self.charset))
        elif kind == _WIDE_TEXT:
            self.text(number, value.decode("utf-16-le", "replace").rstrip("\0"))
        elif kind == _OBJECT or number == ATTACHED:
            self.data.append(value[16:] if kind == _OBJECT else value)  # the first 16 bytes are the id of its interface
        elif kind == _BINARY:
            self.texts.append(binary_text(self.found, number, value, self.charset, self.part, self.inner))

    def text(self, number: str, text: str) -> None:
        if number == "3707" and text:
            self.name = text
        else:
            self.texts.append(property_text(number, text))

    def end_of_attachment(self) -> None:
        """Open the attachment that was read."""
        title = self.name or f"attachment {self.number}"
        data, self.data, self.name = self.data, [], ""
        for content in dict.fromkeys(data):
            self.found.budget.charge_member()
            self.found.budget.charge(len(content))
            self.inner(content, below(self.part, title), title)

    def end(self) -> None:
        """Hand over the texts and the last attachment."""
        self.found.text("attachments", self.part, "\n".join(text for text in self.texts if text))
        self.end_of_attachment()


def attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Level, number and content of each attribute; ValueError when one is cut off."""
    position = 6
    while position + 9 <= len(data):
        level, number, _, size = struct.unpack_from("<BHHI", data, position)
        if level not in (1, 2):
            raise ValueError("no attribute")
        yield level, number, data[position + 9 : position + 9 + size]
        if position + 9 + size > len(data):
            raise ValueError("an attribute is cut off")
        position += 11 + size
