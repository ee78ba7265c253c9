"""Mails that travel inside a file (winmail.dat, Outlook's MSG, an S/MIME envelope) turned into ordinary mails.

For showing: what a reader wants of them, where tnef.py and outlook.py look for all that could be sensitive.
"""

from __future__ import annotations

import base64
import re
import secrets
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Budget, Found
from zegel.message.formats import cms, lzfu, ole, tnef
from zegel.message.formats import msg as outlook
from zegel.message.formats.rtf import rtf_text
from zegel.message.text import charset as charsets
from zegel.message.text.safe_names import safe_name, safe_text

_TEXT, _WIDE_TEXT, _BINARY = 0x001E, 0x001F, 0x0102
_SUBJECT, _PLAIN, _RTF, _HTML = "0037", "1000", "1009", "1013"
_SENDER, _SENDER_ADDRESSES, _TO, _CC = "0C1A", ("5D01", "0C1F"), "0E04", "0E03"
_NAMES, _CONTENT_ID, _ATTACHED = ("3707", "3704", "3001"), "3712", "3701"
_TNEF_SUBJECT, _TNEF_BODY = 0x8004, 0x800C
_STREAM = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})$", re.IGNORECASE)
_EMBEDDED = re.compile(r"__substg1\.0_3701000D$", re.IGNORECASE)
_SENT, _DELIVERED = b"\x40\x00\x39\x00", b"\x40\x00\x06\x0e"
_DEEPEST, _MOST_FILES = 8, 1000
_ADDRESS = re.compile(r"[!-~]{1,200}@[!-~]{1,200}")


@dataclass(slots=True)
class _File:
    name: str
    data: bytes
    type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class _Mail:
    """What is known of a mail: texts by the numbers of their properties (MS-OXPROPS)."""

    texts: dict[str, str] = field(default_factory=dict)
    html: str = ""
    date: datetime | None = None
    files: list[_File] = field(default_factory=list)


def unwrapped(data: bytes, how: str, budget: Budget) -> bytes:
    """The mail in `data`, which is "tnef", "msg" or "cms". Raises ValueError when there is none, Exceeded."""
    try:
        if how == "cms":
            envelope = cms.opened(data, budget)
            if not envelope.content or envelope.kind not in ("signed", "compressed"):
                raise ValueError("locked, or its content is elsewhere")
            return envelope.content
        found = Found(budget)
        return _written(_tnef(data, found) if how == "tnef" else _msg(ole.streams_of(found, data), found, 0))
    except (struct.error, OSError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise ValueError("broken") from error


class _Tnef(tnef.Reading):
    """The same file read for its reader."""

    def __init__(self, found: Found) -> None:
        super().__init__(found, "", lambda *_: None)
        self.mail = _Mail()
        self.level = 1
        self.content_id = ""

    def attribute(self, level: int, number: int, content: bytes) -> None:
        self.level = level
        if number in (_TNEF_SUBJECT, _TNEF_BODY):
            text = charsets.decode(content.rstrip(b"\0"), self.charset)
            self.mail.texts.setdefault(_SUBJECT if number == _TNEF_SUBJECT else _PLAIN, text)
        super().attribute(level, number, content)

    def value(self, kind: int, number: str, value: bytes) -> None:
        if self.level == 1:
            _take(self.mail, number, kind, value, self.charset, self.found.budget)
        elif number == _CONTENT_ID:
            self.content_id = _decoded(kind, value, self.charset)
        super().value(kind, number, value)

    def end_of_attachment(self) -> None:
        for content in dict.fromkeys(self.data):
            self.found.budget.charge(len(content))
            if len(self.mail.files) < _MOST_FILES:
                self.mail.files.append(_File(self.name, content, content_id=self.content_id))
        self.data, self.name, self.content_id = [], "", ""


def _tnef(data: bytes, found: Found) -> _Mail:
    reading = _Tnef(found)
    if data[:4] != tnef.SIGNATURE:
        raise ValueError("no winmail.dat")
    try:
        for level, number, content in tnef.attributes(data):
            reading.attribute(level, number, content)
    except (struct.error, ValueError):
        if not (reading.mail.texts or reading.mail.files or reading.data):
            raise
    reading.end_of_attachment()
    return reading.mail


def _msg(streams: outlook.Streams, found: Found, depth: int) -> _Mail:
    mail = _Mail()
    properties = streams.get((outlook.PROPERTIES,), b"")
    charset = outlook.charset_of(properties)
    if not properties:
        raise ValueError("no mail")
    attachments: dict[str, dict[tuple[str, ...], bytes]] = {}
    for path, data in streams.items():
        stream = _STREAM.match(path[0])
        if path[0].startswith("__attach"):
            attachments.setdefault(path[0], {})[path[1:]] = data
        elif len(path) == 1 and stream:
            _take(mail, stream[1].upper(), int(stream[2], 16), data, charset, found.budget)
    mail.date = _date(properties)
    for attachment in list(attachments.values())[:_MOST_FILES]:
        mail.files += _attached(attachment, charset, found, depth)
    return mail


def _attached(streams: dict[tuple[str, ...], bytes], charset: str, found: Found, depth: int) -> list[_File]:
    """A file, or a mail, that is attached to one of Outlook."""
    values: dict[str, str] = {}
    content = None
    for path, data in streams.items():
        stream = _STREAM.match(path[0]) if len(path) == 1 else None
        if stream and stream[1].upper() == _ATTACHED:
            content = data
        elif stream:
            values[stream[1].upper()] = _decoded(int(stream[2], 16), data, charset)
    name = next((values[number] for number in _NAMES if values.get(number)), "")
    if content is not None:
        return [_File(name, content, content_id=values.get(_CONTENT_ID, ""))]
    inside = {path[1:]: data for path, data in streams.items() if len(path) > 1 and _EMBEDDED.match(path[0])}
    if (outlook.PROPERTIES,) not in inside or depth >= _DEEPEST:
        return []
    name = name or inside.get(("__substg1.0_0037001F",), b"").decode("utf-16-le", "replace")
    return [_File(f"{name or 'mail'}.eml", _written(_msg(inside, found, depth + 1)), "message/rfc822")]


def _take(mail: _Mail, number: str, kind: int, value: bytes, charset: str, budget: Budget) -> None:
    """A property of a mail, when it is one that is shown."""
    if number == _HTML:
        mail.html = _decoded(kind, value, charset)
    elif number == _RTF and kind == _BINARY:
        mail.texts.setdefault(_RTF, rtf_text(lzfu.rtf(value, budget), "", lambda *_: None))
    elif number in (_SUBJECT, _PLAIN, _SENDER, *_SENDER_ADDRESSES, _TO, _CC):
        mail.texts[number] = _decoded(kind, value, charset)


def _decoded(kind: int, value: bytes, charset: str) -> str:
    if kind == _WIDE_TEXT:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return charsets.decode(value.rstrip(b"\0"), charset)


def _date(properties: bytes) -> datetime | None:
    """When a mail was sent, else when it came: a FILETIME among its fixed properties."""
    for mark in (_SENT, _DELIVERED):
        at = properties.find(mark)
        if at >= 0 and len(properties) >= at + 16:
            (ticks,) = struct.unpack_from("<Q", properties, at + 8)
            try:
                return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
            except OverflowError:
                continue
    return None


def _written(mail: _Mail) -> bytes:
    """The mail in MIME, its bodies and its files in base64."""
    said = mail.texts
    boundary, inner = secrets.token_hex(16), secrets.token_hex(16)
    address = next((said[each] for each in _SENDER_ADDRESSES if _ADDRESS.fullmatch(said.get(each, "").strip())), "")
    head = [f"Subject: {_encoded(said.get(_SUBJECT, ''))}", "MIME-Version: 1.0"]
    if address or said.get(_SENDER):
        head.append(f"From: {_encoded(said.get(_SENDER, ''))} <{address.strip()}>")
    for name, number in (("To", _TO), ("Cc", _CC)):
        people = [each.strip(" '") for each in said.get(number, "").split(";")[:100] if each.strip(" '\0")]
        if people:
            head.append(f"{name}: " + ", ".join(f"{_encoded(each)} <>" for each in people))
    if mail.date:
        head.append(f"Date: {format_datetime(mail.date)}")
    text = said.get(_PLAIN, "").strip() or said.get(_RTF, "")
    lines = [*head, f'Content-Type: multipart/mixed; boundary="{boundary}"', ""]
    lines += [f"--{boundary}", f'Content-Type: multipart/alternative; boundary="{inner}"', ""]
    for kind, body in (("plain", text), ("html", mail.html)):
        if body.strip():
            lines += [
                f"--{inner}",
                f"Content-Type: text/{kind}; charset=utf-8",
                *_base64(body.encode("utf-8", "replace")),
            ]
    lines += [f"--{inner}--"]
    for place, file in enumerate(mail.files, 1):
        lines += [f"--{boundary}", *_described(file, place), *_base64(file.data)]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("ascii", "replace")


def _described(file: _File, number: int) -> list[str]:
    """The header of an attached file."""
    kind = file.type or kinds.picture(file.data) or "application/octet-stream"
    name = quote(safe_name(file.name, number, kind), safe="")
    fields = [f"Content-Type: {kind}", f"Content-Disposition: attachment; filename*=UTF-8''{name}"]
    if re.fullmatch(r"[!-;=?-~]{1,300}", file.content_id.strip("<>")):
        fields.append(f"Content-ID: <{file.content_id.strip('<>')}>")
    return fields


def _base64(data: bytes) -> list[str]:
    return ["Content-Transfer-Encoding: base64", "", base64.encodebytes(data).decode("ascii").replace("\n", "\r\n")]


def _encoded(text: str) -> str:
    return Header(safe_text(text, 300), "utf-8", maxlinelen=10_000).encode()
