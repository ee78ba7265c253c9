"""A form with files (multipart/form-data, RFC 7578), read within bounds and without a temporary file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PARTS = 700
"""Fields and files of one form."""
LONGEST_HEAD = 4_000
"""Bytes of the header of a part."""

_BOUNDARY = re.compile(
    r"""multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s";,]{1,70})(?![^\s";,]))""", re.IGNORECASE
)
_PARAMETER = re.compile(r""";\s*(name|filename)=(?:"((?:\\"|[^"])*)"|([^\s";]*))""", re.IGNORECASE)
_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n", '\\"': '"'}
"""How browsers write what cannot stand between quotes (HTML, "multipart form data"); older ones use a backslash."""


class Malformed(ValueError):
    """No form that a browser makes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A field, or a file when it has a name."""

    name: str
    filename: str | None
    type: str
    content: bytes


def boundary(content_type: str) -> bytes:
    """The line between the parts; b"" when the type is another.

    >>> boundary("multipart/form-data; boundary=----x1")
    b'----x1'
    """
    found = _BOUNDARY.match(content_type.strip())
    return (found[1] or found[2]).encode("utf-8", "replace") if found else b""


def parts(data: bytes, between: bytes, *, whole: bool = True) -> Iterator[Part]:
    """The parts of a form in its order. Of the beginning of one (`whole` is False) only those that are complete.

    Raises Malformed.
    """
    line = b"\r\n--" + between
    if data.startswith(line[2:]):
        end = len(line) - 2
    else:
        end = data.find(line) + len(line)
        if end < len(line):
            raise Malformed("no part")
    for _ in range(MOST_PARTS + 1):
        if data[end : end + 2] == b"--":
            return
        begin = data.find(b"\r\n", end, end + 100)  # what may stand between is blank
        next_ = data.find(line, begin) if begin != -1 else -1
        if next_ == -1 or data[end:begin].strip():
            if whole:
                raise Malformed("a part without an end")
            return
        yield _part(data, begin, next_)
        end = next_ + len(line)
    raise Malformed("too many parts")


def _part(data: bytes, begin: int, end: int) -> Part:
    """The part between its boundary lines; `begin` is at the end of the first."""
    blank = data.find(b"\r\n\r\n", begin, min(end, begin + LONGEST_HEAD))
    if blank == -1:
        raise Malformed("a part without a header")
    fields = {}
    for line in data[begin:blank].decode("utf-8", "replace").split("\r\n"):
        field, _, value = line.partition(":")
        fields[field.strip().lower()] = value.strip()
    said = {key.lower(): _plain(quoted or bare) for key, quoted, bare in _PARAMETER.findall(_disposition(fields))}
    if "name" not in said:
        raise Malformed("a part without a name")
    return Part(said["name"], said.get("filename"), fields.get("content-type", ""), data[blank + 4 : end])


def _disposition(fields: dict[str, str]) -> str:
    given = fields.get("content-disposition", "")
    if given.partition(";")[0].strip().lower() != "form-data":
        raise Malformed("a part of another kind")
    return given


def _plain(text: str) -> str:
    return re.sub(r'%22|%0D|%0A|\\"', lambda found: _ESCAPES[found[0].upper()], text, flags=re.IGNORECASE)
