"""Characters written as programs write them: escapes of JSON, JavaScript and Python, references of XML.

Each scan begins with one sign that ordinary mail does not hold, so that it costs next to nothing there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import re2

from zegel.message.text import markup

_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_SURE = re2.compile(
    rb"\\(?:u\{?[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[0-3][0-7]{2})"  # \u0031, \x31, \061
    rb"|\d\\[,;:! ]\d"  # a thin blank of TeX
    rb'|[:,\[{(=]\s*"[^"\n]*\\[nrt"/\\]',  # in a value of JSON
    _BYTEWISE,
)
_ESCAPE = re.compile(
    rb"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|([nrtbf\"'/\\])|[,;:! ](?=\d))"
)
_WRITTEN = {b"n": b"\n", b"r": b"\n", b"t": b"\t", b"b": b"", b"f": b"\n"}
_REFERENCE = re2.compile(rb"&#[xX]?[0-9A-Fa-f]{1,6};", _BYTEWISE)
_DEEPEST = 3
"""Escapes of escapes: JSON in JSON in JSON."""
_ENTITY = re.compile(r"""<!ENTITY\s+(?:%\s+)?([\w.:-]{1,100})\s+("[^"]{0,2000}"|'[^']{0,2000}')\s*>""")
_NAMED = re.compile(r"[&%]([A-Za-z_][\w.:-]{0,99});")
_KNOWN = {"amp", "lt", "gt", "quot", "apos"}
_MOST_ENTITIES, _MOST_EXPANDED = 1000, 200_000
"""Entities of a document, and characters that all of them together may grow to."""


def unescaped(data: bytes, *, is_markup: bool = False) -> bytes:
    """The lines of `data` in which characters are escaped, with those characters; b"" when there are none.

    In markup the references are undone by who reads it.

    >>> unescaped(rb'{"bsn": "\\u0031\\x31\\061222333"}'), unescaped(b"BSN &#49;11222333"), unescaped(rb"C:\\new")
    (b'{"bsn": "111222333"}', b'BSN 111222333', b'')
    """
    if b"\\" in data and _SURE.search(data):
        lines = _changed(data, b"\\", lambda line: _ESCAPE.sub(_character, line))
        text = lines.decode("utf-8", "surrogatepass" if _is_utf8(lines) else "replace")
        plain = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if "</" in plain:
            plain = f"{plain}\n{markup.html_text(plain)}"
        return plain.encode("utf-8", "replace")
    if not is_markup and b"&" in data and _REFERENCE.search(data):
        return _changed(data, b"&#", lambda line: html.unescape(line.decode("utf-8", "replace")).encode())
    return b""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _changed(data: bytes, sign: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The lines that hold `sign`, changed as long as that changes them."""
    found = []
    for line in data.split(b"\n"):
        if sign not in line:
            continue
        plain = line
        for _ in range(_DEEPEST):
            before, plain = plain, change(plain)
            if plain == before or sign not in plain:
                break
        if plain != line:
            found.append(plain)
    return b"\n".join(found)


def _character(escape: re.Match[bytes]) -> bytes:
    wide = escape[1] or escape[2]
    if wide:
        code = int(wide, 16)
        return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else b""
    if escape[3] or escape[4]:
        return bytes([int(escape[3], 16) if escape[3] else int(escape[4], 8)])
    return _WRITTEN.get(escape[5], escape[5]) if escape[5] else b""


def with_entities(text: str) -> str:
    """XML with the entities put in that it declares itself, as far as that makes it no bomb.

    >>> with_entities('<!DOCTYPE a [<!ENTITY n "222"><!ENTITY m "1&n;">]><a>11&m;333</a>').partition("]>")[2]
    '<a>111222333</a>'
    """
    declared = {name: value[1:-1] for name, value in _ENTITY.findall(text)[:_MOST_ENTITIES] if name not in _KNOWN}
    if not declared:
        return text
    room = _MOST_EXPANDED

    def put_in(match: re.Match[str]) -> str:
        nonlocal room
        value = declared.get(match[1])
        if value is None or (room := room - len(value)) < 0:
            return str(match[0])
        return str(value)

    for _ in range(_DEEPEST):
        before, text = text, _NAMED.sub(put_in, text)
        if before == text:
            break
    return text
