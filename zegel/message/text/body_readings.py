"""What somebody may read in the body of a mail besides what it says as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from zegel.message.text import charset as charsets
from zegel.message.text import markup

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|div|p|span|table|br)\b", re.IGNORECASE)
_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_QUOTED_NUMBER = re2.compile(rb"\n>[> \t]{0,20}\d", _BYTEWISE)
_CUT_NUMBER = re.compile(rb"(\d)[ \t]?\r?\n>[> \t]{0,20}(?=\d)")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\t\r "


def other_texts(data: bytes, charset: str) -> Iterator[str]:
    """The text of a plain body as HTML, when it begins like that; the numbers that a quotation cuts, whole.

    >>> list(other_texts(b"<html>BSN 111<b>222</b>333", "")), list(other_texts(b"> BSN 1112\\n> 22333 x", ""))
    (['\\nBSN 111222333\\n'], ['> BSN 1112 22333 x', '> BSN 111222333 x'])
    >>> list(other_texts(b"Dear Ans,\\n> ordinary text.", ""))
    []
    """
    start = data[:500].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<" and _HTML.match(charsets.decode(start, charset)):
        yield markup.html_text(charsets.decode(data, charset))
    if b">" in data and any(_ends_in_digit(data, cut.start()) for cut in _QUOTED_NUMBER.finditer(data)):
        known = set(data.split(b"\n"))
        for between in (b" ", b""):
            lines = _CUT_NUMBER.sub(rb"\1" + between, data).split(b"\n")
            yield charsets.decode(b"\n".join(line for line in lines if line not in known), charset)


def _ends_in_digit(data: bytes, at: int) -> bool:
    """Whether the line before a quoted one that begins with a digit ends in one."""
    return data[max(0, at - 3) : at].rstrip(b" \t\r")[-1:].isdigit()


def in_clear(raw: bytes) -> bytes:
    """The lines of a body that should be base64 and are running text: some programs show them.

    >>> in_clear(b"The number is 5.\\nSGFsbG8=\\nBye, Ans")
    b'The number is 5.\\nBye, Ans'
    """
    return b"\n".join(line for line in raw.split(b"\n") if b" " in line.strip() and line.translate(None, _BASE64))
