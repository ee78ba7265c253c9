"""Hiding places in what Outlook writes: MSG files and winmail.dat."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from tests.quality.compound import compound
from tests.quality.in_ooxml import docx, in_runs
from tests.quality.registry import NUMBER, PLACES, Make, Place
from zegel.message.formats.tnef import SIGNATURE

_NOTHING: Mapping[str, bytes] = {}
_PROPERTIES = "__properties_version1.0"


def msg(streams: Mapping[str, bytes] = _NOTHING, *, prefix: str = "", head: int = 32) -> dict[str, bytes]:
    """The streams of a message, by property ("1000001F") or by path ("__attach.../37010102")."""
    made = {f"{prefix}{_PROPERTIES}": bytes(head), f"{prefix}__substg1.0_001A001F": _wide("IPM.Note")}
    if not prefix:
        made |= {f"__nameid_version1.0/__substg1.0_000{number}0102": b"" for number in (2, 3, 4)}
    for name, data in streams.items():
        *storages, stream = name.split("/")
        stream = stream if stream.startswith("__") else f"__substg1.0_{stream}"
        made[prefix + "/".join([*storages, stream])] = data
    return made


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def compressed_rtf(rtf: bytes) -> bytes:
    """RTF as Outlook keeps it, with nothing in it that refers back (MS-OXRTFCP)."""
    tokens = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(tokens) + 12, len(rtf), b"LZFu", 0) + tokens


_HTML_IN_RTF = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}BSN %b{\*\htmltag84 <b>}%b{\*\htmltag92 </b>}}"
_ATTACHMENT = "__attach_version1.0_#00000000"
_NESTED = f"{_ATTACHMENT}/__substg1.0_3701000D/"

_MESSAGES: dict[str, Callable[[str], dict[str, bytes]]] = {
    "subject": lambda secret: msg({"0037001F": _wide(secret)}),
    "body": lambda secret: msg({"1000001F": _wide(f"Beste\r\n{secret}\r\n")}),
    "body in 8 bits": lambda secret: msg({"1000001E": secret.encode()}),
    "HTML body": lambda secret: msg({"10130102": f"<p>BSN {NUMBER[:3]}<b>{NUMBER[3:]}</b></p>".encode()}),
    "RTF body": lambda secret: msg({"10090102": compressed_rtf(rb"{\rtf1 " + secret.encode() + b"}")}),
    "HTML in an RTF body": lambda secret: msg(
        {"10090102": compressed_rtf(_HTML_IN_RTF % (NUMBER[:3].encode(), NUMBER[3:].encode()))}
    ),
    "headers": lambda secret: msg({"007D001F": _wide(f"Received: x\r\nX-Client: {secret}\r\n")}),
    "name of a recipient": lambda secret: msg({"__recip_version1.0_#00000000/3001001F": _wide(secret)}),
    "private property": lambda secret: msg({"8001001F": _wide(secret)}),
    "categories": lambda secret: msg({"8002101F-00000000": _wide(secret)}),
    "attached text": lambda secret: msg(
        {f"{_ATTACHMENT}/37010102": secret.encode(), f"{_ATTACHMENT}/3707001F": _wide("a.txt")}
    ),
    "attached document": lambda secret: msg({f"{_ATTACHMENT}/37010102": docx(in_runs(secret))}),
    "name of an attachment": lambda secret: msg(
        {f"{_ATTACHMENT}/37010102": b"x", f"{_ATTACHMENT}/3707001F": _wide(f"{secret}.txt")}
    ),
    "attached message": lambda secret: msg() | msg({"1000001F": _wide(secret)}, prefix=_NESTED, head=24),
    "message in an attached message": lambda secret: (
        msg() | msg(prefix=_NESTED, head=24) | msg({"1000001F": _wide(secret)}, prefix=f"{_NESTED}{_NESTED}", head=24)
    ),
}


def attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
    """An attribute of a winmail.dat (MS-OXTNEF 2.1.3.3)."""
    return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def property_list(*properties: bytes) -> bytes:
    """The value of attMsgProps or attAttachment."""
    return struct.pack("<I", len(properties)) + b"".join(properties)


def variable(kind: int, number: int, data: bytes, name: str = "") -> bytes:
    """A property of variable size, a private one when it has a name."""
    head = struct.pack("<HH", kind, number)
    if name:
        title = _wide(name) + b"\0\0"
        head += bytes(16) + struct.pack("<II", 1, len(title)) + title + bytes(-len(title) % 4)
    return head + struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)


def tnef(*attributes: bytes) -> bytes:
    """A winmail.dat."""
    head = attribute(1, 0x9006, 8, struct.pack("<I", 0x10000)) + attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0))
    return SIGNATURE + b"\1\0" + head + b"".join(attributes)


def _message(*properties: bytes) -> bytes:
    fixed = struct.pack("<HHI", 0x0003, 0x0017, 1)
    return tnef(attribute(1, 0x9003, 6, property_list(fixed, *properties)))


def _attached(*attributes: bytes) -> bytes:
    return tnef(attribute(2, 0x9002, 6, bytes(14)), *attributes)


_WINMAILS: dict[str, Make] = {
    "body": lambda secret: tnef(attribute(1, 0x800C, 2, secret.encode() + b"\0")),
    "subject": lambda secret: tnef(attribute(1, 0x8004, 1, secret.encode() + b"\0")),
    "RTF body": lambda secret: _message(variable(0x102, 0x1009, compressed_rtf(rb"{\rtf1 " + secret.encode() + b"}"))),
    "HTML body": lambda secret: _message(variable(0x102, 0x1013, f"<i>BSN</i> {NUMBER}".encode())),
    "body in UTF-16": lambda secret: _message(variable(0x1F, 0x1000, _wide(secret) + b"\0\0")),
    "private property": lambda secret: _message(variable(0x1F, 0x8001, _wide(secret) + b"\0\0", "Client")),
    "recipients": lambda secret: tnef(
        attribute(1, 0x9004, 6, struct.pack("<I", 1) + property_list(variable(0x1E, 0x3001, secret.encode())))
    ),
    "attached text": lambda secret: _attached(
        attribute(2, 0x8010, 1, b"a.txt\0"), attribute(2, 0x800F, 6, secret.encode())
    ),
    "attached document": lambda secret: _attached(attribute(2, 0x800F, 6, docx(in_runs(secret)))),
    "name of an attachment": lambda secret: _attached(
        attribute(2, 0x9005, 6, property_list(variable(0x1F, 0x3707, _wide(f"{secret}.txt")))),
        attribute(2, 0x800F, 6, b"x"),
    ),
    "attached message": lambda secret: _attached(
        attribute(2, 0x9005, 6, property_list(variable(0x0D, 0x3701, bytes(16) + _winmail_in_it(secret))))
    ),
}


def _winmail_in_it(secret: str) -> bytes:
    return tnef(attribute(1, 0x800C, 2, secret.encode() + b"\0"))


def _add(name: str, streams: Callable[[str], dict[str, bytes]]) -> None:
    PLACES.append(Place("msg", name, "msg", lambda secret: compound(streams(secret))))


for _name, _streams in _MESSAGES.items():
    _add(_name, _streams)
for _name, _make in _WINMAILS.items():
    PLACES.append(Place("winmail", _name, "dat", _make))
