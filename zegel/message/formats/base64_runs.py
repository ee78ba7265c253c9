"""Base64 in a text that does not say so: runs that fill lines, and words of it.

A byte of base64 becomes one letter first, so that looking for a run is looking for one string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zegel.message.base import file_types as kinds
from zegel.message.formats import digit_runs
from zegel.message.mime import transfer

DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SHAPE = bytes(65 if byte in DIGITS else 61 if byte == 61 else 32 for byte in range(256))
"""A byte of base64 is "A", "=" stays, all others become blanks: a run of base64 is a run of one letter."""
RUN, PADDED_RUN = b"A" * 24, b"A" * 10 + b"="
_SHORTEST = 12
"""Signs of base64 that are tried."""
_LINES = re.compile(
    rb"(?:[>\t ]{0,20}+(?:[A-Za-z0-9+/]++={0,4}+|={1,4}+)?[\t ]{0,20}+\r?\n)*+"
    rb"(?:[>\t ]{0,20}+[A-Za-z0-9+/]++={0,4}+[\t ]{0,20}+\Z)?+"
)
"""Lines of nothing but base64, and blank ones between them."""
_LINE = re.compile(rb"[>\t ]{0,20}+(?:[A-Za-z0-9+/]++={0,4}+)?[\t\r ]{0,20}+")
_WORD = re.compile(rb"[A-Za-z0-9+/]{24,}+={0,2}|[A-Za-z0-9+/]{10,23}+={1,2}")
_BROKEN_WORD = re.compile(
    rb"[A-Za-z0-9+/]{48,}(?:\r?\n[A-Za-z0-9+/]{48,})*+\r?\n(?:[A-Za-z0-9+/]{1,}={0,2}+\r?\n?(?=[\"'<,}])|[A-Za-z0-9+/]{48,}=?)"
)
"""A word that begins behind something else and goes on in the next lines, as in a value of JSON."""
_PICTURE_ADDRESS = re.compile(rb"data:(?:image|font|audio|video)/[\w.+-]{1,60}(?:;[\w=-]{1,60}){0,4};base64,\s{0,9}\Z")
_LONGEST_ADDRESS_HEAD = 200
_HEAD, _MOST_STARTS = 2000, 60
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_HIGH, _CONTINUED = bytes(range(127, 256)), bytes(range(128, 192))


def runs(data: bytes, shape: bytes) -> Iterator[bytes]:
    """What the runs of base64 in `data` hold; a run that fills lines is one with the lines around it.

    `shape` is `data` translated by SHAPE.
    """
    position = 0
    sought = _Next(shape, RUN), _Next(shape, PADDED_RUN)
    while (at := _next_run(shape, position, *sought)) >= 0:
        line = data.rfind(b"\n", position, at) + 1 or position
        lines = _LINES.match(data, line)
        if lines and lines.end() > at:
            start = _first_line(data, line, position)
            position = lines.end()
            yield from of_lines(data[start:position])
            continue
        word = _BROKEN_WORD.match(data, at) or _WORD.match(data, at)
        position = word.end() if word else at + 1
        if word and not _is_picture(data, at, word[0]):
            decoded = _decoded(b"".join(word[0].split()))
            if decoded:
                yield decoded


def _decoded(run: bytes) -> bytes:
    """What a run without blanks holds that may be hexadecimal digits or base32 as well; b"" when it says nothing."""
    if other := digit_runs.of_digits(run):
        return other
    decoded = transfer.base64(run)
    return decoded if says_something(decoded) else digit_runs.inflated(decoded)


def _is_picture(data: bytes, at: int, word: bytes) -> bool:
    """Whether the run at `at` is the picture that it is said to be in front of it."""
    said = _PICTURE_ADDRESS.search(data, max(0, at - _LONGEST_ADDRESS_HEAD), at)
    return bool(said) and not _is_text(transfer.base64(word[:400])[:_HEAD])


class _Next:
    """Where something stands next. Each byte is looked at once, however often is asked."""

    def __init__(self, data: bytes, sought: bytes) -> None:
        self._data, self._sought = data, sought
        self._at = data.find(sought)

    def at(self, position: int) -> int:
        """The first place at `position` or behind it, -1 when there is none; positions only grow."""
        if 0 <= self._at < position:
            self._at = self._data.find(self._sought, position)
        return self._at


def _next_run(shape: bytes, position: int, long_runs: _Next, padded_runs: _Next) -> int:
    """Where the next run begins that may be base64, -1 when there is none."""
    long, padded = long_runs.at(position), padded_runs.at(position)
    if long < 0 or 0 <= padded < long:
        long = padded
    before = shape.rfind(b" ", position, long) if long > 0 else -1
    return max(before + 1, position) if long > 0 else long


def _first_line(data: bytes, line: int, earliest: int) -> int:
    """Where the lines of base64 begin that end at `line`."""
    while line > earliest:
        before = data.rfind(b"\n", earliest, line - 1) + 1 or earliest
        if not _LINE.fullmatch(data, before, line - 1):
            break
        line = before
    return line


def of_lines(block: bytes) -> list[bytes]:
    """What a block of lines holds: all of it as one, else what the pieces between blank lines, else each line holds."""
    lines = [line.strip(b"> \t\r") for line in block.split(b"\n")]
    whole = _decoded(b"".join(lines))
    if whole:
        return [whole]
    found: list[bytes] = []
    pieces = [piece.split() for piece in b"\n".join(lines).split(b"\n\n") if piece.strip()]
    for piece in pieces:
        other = digit_runs.of_digits(b"".join(piece))
        found += [other] if other else _of_piece(piece)
    return found


def _of_piece(lines: list[bytes]) -> list[bytes]:
    """What lines hold from one of the first on, or from one of the first signs on; else what each line holds."""
    for start in range(min(len(lines), _MOST_STARTS)):
        head = b"".join(lines[start : start + 3])[:_HEAD]
        for shift in range(4 if start == 0 else 1):
            if says_something(transfer.base64(head[shift:])):
                rest = transfer.base64(b"".join(lines[start:])[shift:])
                if says_something(rest):
                    return [rest]
    return _line_by_line(lines)


def _line_by_line(lines: list[bytes]) -> list[bytes]:
    """The lines that hold text, each read from where it makes sense: a letter too many spoils no more than its line."""
    found: list[bytes] = []
    for line in lines:
        decoded = (transfer.base64(line[shift:]) for shift in range(4)) if len(line) >= _SHORTEST else ()
        text = next((text for text in decoded if says_something(text)), b"")
        if text:
            found.append(text)
    joined = b"".join(found)
    return [joined] if joined else []


def says_something(data: bytes) -> bool:
    """Whether decoded bytes are a file or a text, as random ones are not.

    >>> says_something(b"%PDF-1.7"), says_something("BSN patiënt".encode()), says_something(bytes(range(120, 160)))
    (True, True, False)
    """
    if kinds.container(data) or kinds.picture(data):
        return True
    if len(data) < _SHORTEST * 3 // 4:
        return False
    return _is_text(data[:_HEAD]) and (len(data) <= _HEAD or _is_text(data[-_HEAD:]))


def _is_text(sample: bytes) -> bool:
    if kinds.wide(sample) or sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if b"\0" in sample or len(sample.translate(None, _CONTROL)) < len(sample) - len(sample) // 50:
        return False
    if len(sample.translate(None, _HIGH)) * 10 >= len(sample) * 9:
        return True
    try:
        sample.lstrip(_CONTINUED).decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
