"""A form with files (multipart/form-data, RFC 7578), read within bounds and without a temporary file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    content_disposition_unquote,
    parse_options_header,
)

MOST_PARTS = 700
"""Fields and files of one form."""
LONGEST_HEAD = 4_000
"""Bytes of a header field of a part."""
_LONGEST_BOUNDARY = 70
"""Characters, by RFC 2046."""


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
    kind, said = parse_options_header(content_type)
    between = said.get("boundary", "") if kind == "multipart/form-data" else ""
    return between.encode("utf-8", "replace") if len(between) <= _LONGEST_BOUNDARY else b""


def parts(data: bytes, between: bytes, *, whole: bool = True) -> Iterator[Part]:
    """The parts of a form in its order. Of the beginning of one (`whole` is False) only those that are complete.

    Raises Malformed.
    """
    try:
        reader = PushMultipartParser(
            between, max_header_size=LONGEST_HEAD, max_segment_count=MOST_PARTS, header_charset="latin-1"
        )
        about, content = None, b""
        for event in reader.parse(data):
            if isinstance(event, MultipartSegment):
                about, content = event, b""
            elif event is not None:
                content = bytes(event)  # the whole of it: `data` is parsed at once
            elif about is not None:
                yield _part(about, content)
        reader.close(check_complete=whole)
    except MultipartError as error:
        raise Malformed(str(error)) from None


def _part(about: MultipartSegment, content: bytes) -> Part:
    _, said = parse_options_header(about.header("Content-Disposition", ""), unquote=_unquoted)
    if "name" not in said:
        raise Malformed("a part without a name")
    return Part(said["name"], said.get("filename"), _utf8(about.header("Content-Type", "")), content)


def _unquoted(value: str, _is_filename: bool = False) -> str:
    r"""As browsers quote; a file called `C:\a.txt` keeps its name, which the library would cut."""
    return _utf8(content_disposition_unquote(value))


def _utf8(value: str) -> str:
    """What the parser took byte by byte, so that a name in another character set does not cost the form."""
    return value.encode("latin-1").decode("utf-8", "replace")
