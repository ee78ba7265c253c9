"""A part of a mail decoded piece by piece, from any place on, so that a large file never has to be in memory whole."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from zegel.message.mime import transfer

Source = Callable[[int, int], Iterator[bytes]]
"""Gives raw[start:end] of a mail in pieces of any size."""

_PIECE = 1 << 18
"""Bytes that are given at a time, about."""
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(frozen=True, slots=True)
class Coding:
    """How raw[start:end] of a mail decodes, found by looking at all of it once."""

    start: int
    end: int
    encoding: str
    size: int
    """Bytes, decoded."""
    how: Literal["plain", "lines", "quoted", "whole"]
    """"lines" is base64 of lines that are all alike, which can be entered at any of them; "quoted" is decoded from its
    beginning, "whole" only as one."""
    line: int = 0
    """Of "lines": characters of a line."""
    step: int = 0
    """Of "lines": the same with the line end."""


def coding_of(body: bytes, start: int, encoding: str) -> Coding:
    """How `body` decodes, which is what stands at `start` in its mail.

    >>> coding_of(b"SGFs\\r\\nbG8=", 100, "base64")
    Coding(start=100, end=110, encoding='base64', size=5, how='lines', line=4, step=6)
    """
    end = start + len(body)
    if encoding == "base64":
        text = body.rstrip(b"\r\n\t ")
        shape = _lines(text)
        if shape is not None:
            line, step, size = shape
            return Coding(start, start + len(text), encoding, size, "lines", line, step)
    if encoding == "quoted-printable":
        return Coding(start, end, encoding, transfer.decoded_size(body, encoding), "quoted")
    if encoding == "base64" or encoding in transfer.UUENCODINGS:
        return Coding(start, end, encoding, transfer.decoded_size(body, encoding), "whole")
    return Coding(start, end, encoding, end - start, "plain")


def decoded_pieces(source: Source, coding: Coding, offset: int = 0) -> Iterator[bytes]:
    """What `coding` decodes to, from the byte `offset` on; together the same as `transfer.decode` gives."""
    if coding.how == "plain":
        yield from source(coding.start + offset, coding.end)
        return
    if coding.how == "lines":
        lines = offset // (coding.line // 4 * 3)
        pieces = _of_lines(source(coding.start + lines * coding.step, coding.end), coding.step)
        skip = offset - lines * (coding.line // 4 * 3)
    elif coding.how == "quoted":
        pieces, skip = _quoted(source(coding.start, coding.end)), offset
    else:
        whole = transfer.decode(b"".join(source(coding.start, coding.end)), coding.encoding)
        pieces, skip = (whole[at : at + _PIECE] for at in range(offset, len(whole), _PIECE)), 0
    for piece in pieces:
        if skip < len(piece):
            yield piece[skip:] if skip else piece
        skip = max(0, skip - len(piece))


def _lines(text: bytes) -> tuple[int, int, int] | None:
    """Characters of a line, the same with its end, and the decoded size, when all lines but the last are alike."""
    newline = text.find(b"\n")
    if newline < 0:
        line = step = max(4, len(text))
        ends = 0
    else:
        ends = 2 if text[newline - 1 : newline] == b"\r" else 1
        line, step = newline + 1 - ends, newline + 1
    breaks = text.count(b"\n")
    characters = len(text) - breaks * ends
    padding = text.find(b"=")
    tail = text[padding:] if padding >= 0 else b""
    alike = (
        line > 0
        and line % 4 == 0
        and characters % 4 == 0
        and tail in (b"", b"=", b"==")
        and breaks == max(0, len(text) - 1) // step
        and text[step - 1 :: step].count(b"\n") == breaks
        and (ends != 2 or text[line::step].count(b"\r") == breaks)
        and len(text.translate(None, _ALPHABET)) == breaks * ends + len(tail)
    )
    return (line, step, characters // 4 * 3 - len(tail)) if alike else None


def _of_lines(pieces: Iterator[bytes], step: int) -> Iterator[bytes]:
    """Base64 that begins at a line of `step` bytes, decoded as many lines at a time as fit a piece."""
    many = max(1, _PIECE // step) * step
    waiting = b""
    for piece in pieces:
        waiting += piece
        whole = len(waiting) // step * step
        for at in range(0, whole, many):
            yield binascii.a2b_base64(waiting[at : min(at + many, whole)])
        waiting = waiting[whole:]
    if waiting:
        yield binascii.a2b_base64(waiting)


def _quoted(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Quoted-printable, decoded up to the last line end that is there."""
    waiting: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield transfer.quoted_printable(b"".join([*waiting, piece[:end]]))
            waiting = []
        waiting.append(piece[end:])
    yield transfer.quoted_printable(b"".join(waiting))
