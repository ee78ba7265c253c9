"""Mails as Outlook saves them (MSG, MS-OXMSG): every text property of the message, of recipients and of attachments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from zegel.message.base.found import Found, Locked
from zegel.message.formats import lzfu
from zegel.message.formats.archive import Inner, below
from zegel.message.formats.plain import strings
from zegel.message.formats.rtf import rtf_text
from zegel.message.text import charset as charsets
from zegel.message.text import markup

Streams = Mapping[tuple[str, ...], bytes]
Rest = Callable[[Found, Streams, str, str, Inner], None]

PROPERTIES = "__properties_version1.0"
"""The stream that each message, recipient and attachment has."""
_PROPERTY = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})(?:-[0-9A-F]{8})?$", re.IGNORECASE)
_WIDE, _NARROW, _BINARY, _OBJECT = ("001F", "101F"), ("001E", "101E"), ("0102", "1102"), "000D"
RTF_BODY, HTML_BODY, ATTACHED = "1009", "1013", "3701"
_NAMES = ("3707", "3704", "3001")
"""The name of an attachment: long, short, shown."""
_CODE_PAGES = (b"\x03\x00\xde\x3f", b"\x03\x00\xfd\x3f")
_TRACE = {"007D", "0E04", "0E03", "1035", "1042", "1039", "300B", "0C1A", "3FF8", "3FFA"}
"""Ids and names that programs write; of these the transport headers are read as headers."""
_SKIPPED_HEADERS = re.compile(
    r"^(?:Received|ARC-|DKIM-|X-MS-Exchange|Message-ID|References|In-Reply-To)[^\n]*(?:\n[ \t][^\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)


def read_message(found: Found, streams: Streams, part: str, name: str, inner: Inner, rest: Rest) -> None:
    """A message and all in it; `rest` reads the streams of an embedded object. Raises Exceeded."""
    charset = charset_of(streams.get((PROPERTIES,), b""))
    texts: list[str] = []
    attachments: dict[str, dict[tuple[str, ...], bytes]] = {}
    for path, data in streams.items():
        if path[0].startswith("__attach"):
            attachments.setdefault(path[0], {})[path[1:]] = data
        elif path[0].startswith("__nameid"):
            texts.append(strings(data))
        else:
            texts.append(_property_text(found, path[-1], data, charset, part, inner))
    found.text("attachments", part, "\n".join(text for text in texts if text))
    for number, attachment in enumerate(attachments.values(), 1):
        _attachment(found, attachment, number, charset, part, inner, rest)


def _attachment(found: Found, streams: Streams, number: int, charset: str, part: str, inner: Inner, rest: Rest) -> None:
    """A file, a message or an object that is attached."""
    texts = {
        match[1].upper(): _property_text(found, path[0], data, charset, part, inner)
        for path, data in streams.items()
        if len(path) == 1 and (match := _PROPERTY.match(path[0])) and match[1].upper() != ATTACHED
    }
    name = next((texts[key].strip() for key in _NAMES if texts.get(key)), "")
    place = below(part, name or f"attachment {number}")
    found.text("attachments", part, "\n".join(text for key, text in texts.items() if text and key not in _NAMES))
    for path, data in streams.items():
        match = _PROPERTY.match(path[0])
        if len(path) == 1 and match and match[1].upper() == ATTACHED:
            found.budget.charge_member()
            inner(data, place, name)
    nested = {
        path[1:]: data
        for path, data in streams.items()
        if len(path) > 1 and path[0].upper().endswith(f"{ATTACHED}{_OBJECT}")
    }
    if nested:
        found.budget.charge_member()
        size = sum(map(len, nested.values()))
        is_mail = (PROPERTIES,) in nested
        found.file(place, name, "application/vnd.ms-outlook" if is_mail else "application/x-ole-storage", size)
        try:
            rest(found, nested, place, name, inner)
        except Locked:
            found.cannot_read(place, name, "encrypted")


def _property_text(found: Found, stream: str, data: bytes, charset: str, part: str, inner: Inner) -> str:
    """The text of one property, "" when it has none."""
    match = _PROPERTY.match(stream)
    if match is None:
        return ""
    number, kind = match[1].upper(), match[2].upper()
    if kind in _WIDE:
        return property_text(number, data.decode("utf-16-le", "replace"))
    if kind in _NARROW:
        return property_text(number, charsets.decode(data, charset))
    if kind in _BINARY:
        return binary_text(found, number, data, charset, part, inner)
    return ""


def property_text(number: str, text: str) -> str:
    """The text of a property that holds text (MS-OXPROPS), by its number in four hexadecimal digits."""
    if number == "007D":
        return _SKIPPED_HEADERS.sub("", text.replace("\r\n", "\n"))
    if number in _TRACE:
        return ""
    return (markup.html_text(text) if number == HTML_BODY else text).replace("\0", "\n")


def binary_text(found: Found, number: str, data: bytes, charset: str, part: str, inner: Inner) -> str:
    """The text of a property that holds bytes: a body in HTML or compressed RTF, else runs of text."""
    if number == HTML_BODY:
        return markup.html_text(charsets.decode(data, charset))
    if number == RTF_BODY:
        return rtf_text(lzfu.rtf(data, found.budget), part, inner)
    return "" if number in _TRACE else strings(data)


def charset_of(properties: bytes) -> str:
    """The code page of the text that is not UTF-16, by the fixed properties of a message."""
    for mark in _CODE_PAGES:
        at = properties.find(mark)
        if at >= 0:
            return code_page(int.from_bytes(properties[at + 8 : at + 12], "little"))
    return ""


def code_page(number: int) -> str:
    """The name of a Windows code page.

    >>> code_page(1252), code_page(65001), code_page(28605)
    ('cp1252', 'utf-8', 'iso-8859-15')
    """
    if 28591 <= number <= 28606:
        return f"iso-8859-{number - 28590}"
    return {65001: "utf-8", 20127: "ascii", 50220: "iso-2022-jp", 51932: "euc-jp", 20866: "koi8-r"}.get(
        number, f"cp{number}"
    )
