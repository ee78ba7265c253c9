"""RTF to text: everything but pictures, whichever group it is in."""

from __future__ import annotations

import binascii
import re

from zegel.message import charset as charsets
from zegel.message import markup
from zegel.message.archive import Inner, below
from zegel.message.packed import embedded_object

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)|."
)
_BREAKS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"nestrow": "\n", b"tab": " ",
    b"cell": "  ", b"nestcell": "  ", b"emdash": "-", b"endash": "-", b"emspace": " ", b"enspace": " ",
    b"qmspace": " ", b"lquote": "'", b"rquote": "'", b"ldblquote": '"', b"rdblquote": '"', b"bullet": " ",
}  # fmt: skip
_NOT_TEXT = {b"pict", b"themedata", b"colorschememapping", b"datastore", b"fonttbl", b"colortbl", b"blipuid",
             b"latentstyles", b"rsidtbl", b"listtable", b"listoverridetable", b"xmlnstbl", b"stylesheet"}  # fmt: skip


def rtf_text(data: bytes, part: str, inner: Inner) -> str:
    """The text of an RTF, and of the HTML that Outlook wraps in one (MS-OXRTFEX)."""
    text = read_rtf(data, part, inner)
    return markup.html_text(text) if b"\\fromhtml" in data[:2000] else text


def read_rtf(data: bytes, part: str, inner: Inner) -> str:
    """The text of an RTF; embedded objects go to `inner` as bytes.

    >>> read_rtf(rb"{\\rtf1\\ansi\\ansicpg1252 pati\\'ebnt {\\b 111}222\\u51 ?33\\par end}", "2", print)
    'patiënt 111222333\\nend'
    """
    found: list[str] = []
    pending = bytearray()
    codepage, skip, depth, fallback, to_skip = "cp1252", 0, 0, [1], 0
    hexadecimal: list[bytes] = []
    in_object = 0

    def flush() -> None:
        if pending:
            found.append(charsets.decode(bytes(pending), codepage))
            pending.clear()

    def close_object() -> None:
        digits = re.sub(rb"[^0-9a-fA-F]", b"", b"".join(hexadecimal))
        hexadecimal.clear()
        if len(digits) > 20:
            title, content = embedded_object(binascii.unhexlify(digits[: len(digits) & ~1]))
            inner(content, below(part, title or "object"), title)

    for token in _TOKEN.finditer(data):
        word, number, byte, symbol, brace, text = token.groups()
        if brace == b"{":
            depth += 1
            fallback.append(fallback[-1]) if len(fallback) < 1000 else None
        elif brace == b"}":
            if in_object and depth <= in_object:
                close_object()
                in_object = 0
            if skip and depth <= skip:
                skip = 0
            depth -= 1
            if len(fallback) > 1:
                fallback.pop()
        elif word in _NOT_TEXT:
            skip = skip or depth
        elif word == b"objdata":
            in_object = depth
        elif word == b"ansicpg" and number:
            codepage = f"cp{int(number)}"
        elif word == b"uc" and number:
            fallback[-1] = max(0, min(int(number), 10))
        elif skip:
            continue
        elif word == b"u" and number:
            flush()
            found.append(_character(int(number)))
            to_skip = fallback[-1]
        elif byte or symbol in (b"~", b"-", b"_", b"\\", b"{", b"}"):
            if to_skip:
                to_skip -= 1
            elif byte:
                pending += binascii.unhexlify(byte)
            else:
                pending += {b"~": b" ", b"-": b"", b"_": b"-"}.get(symbol, symbol)
        elif word in _BREAKS:
            flush()
            found.append(_BREAKS[word])
        elif text:
            if in_object:
                hexadecimal.append(text)
            else:
                pending += text[to_skip:]
                to_skip = max(0, to_skip - len(text))
    flush()
    if hexadecimal:
        close_object()
    joined = "".join(found)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(number: int) -> str:
    """The character of a \\u word, which is a signed 16-bit number."""
    return chr(number % 65_536)
