"""What a style sheet says: the strings that it puts before and behind elements."""

from __future__ import annotations

import re

import re2

_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_ANY = re2.compile(rb"(?i)content\s*:\s*[\"']", _BYTEWISE)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\r\n\f]?|(.))", re.DOTALL)
_CSS_CONTENT = re.compile(
    r"""content\s{0,9}:\s{0,9}((?:(?:"[^"]{0,4000}"|'[^']{0,4000}')\s{0,9}){1,50})""", re.IGNORECASE
)
_CSS_STRING = re.compile(r""""([^"]*)"|'([^']*)'""")


def css_contents(source: str) -> str:
    """What a style sheet puts before and behind elements.

    >>> css_contents(r'p:before { content: "\\42 SN 111" "222\\000033 33" }')
    'BSN 111222333'
    """
    return "\n".join(
        "".join(_CSS_ESCAPE.sub(_of_css, one or other) for one, other in _CSS_STRING.findall(match[1]))
        for match in _CSS_CONTENT.finditer(source)
    )


def _of_css(escape: re.Match[str]) -> str:
    if escape[1]:
        code = int(escape[1], 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
    return "" if escape[2] == "\n" else escape[2]


def contents(data: bytes) -> bytes:
    """`css_contents` of bytes; b"" when there are none."""
    if b"{" not in data or not _ANY.search(data):
        return b""
    return css_contents(data.decode("utf-8", "replace")).encode("utf-8", "replace")
