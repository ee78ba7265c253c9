"""HTML in which what nobody sees cuts a word or a number: comments, and elements that are not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ELEMENT = re.compile(r"<(\w{1,20})\b([^<>]*+)>[^<>]*+</\1\s*>")
UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|\shidden\b|mso-hide\s*:\s*all"
    r"|(?:font-size|opacity|max-height|max-width)\s*:\s*0(?![.\d]*[1-9])|(?<![-\w])color\s*:\s*transparent",
    re.IGNORECASE,
)
"""In the tag of each element that is not shown."""
_SIGNS = (
    "none", "hidden", "collapse", "mso-hide", "transparent", "font-size:0", "font-size: 0", "opacity:0", "opacity: 0",
    "max-height:0", "max-height: 0", "max-width:0", "max-width: 0",
)  # fmt: skip
"""What stands in the tag of most such elements."""
_LONGEST_TAG = 400
_MOST = 1000
_MOST_TAGS = 8
"""Tags that may stand between what is not shown and the rest of a word."""


def without_cuts(source: str) -> str:
    """`source` with those at its end instead.

    >>> without_cuts('11<!-- a > b -->12<span style="display:none">9</span>3 <!-- c -->')
    '11123 <!-- c -->\\n<!-- a > b -->\\n<span style="display:none">9</span>'
    >>> without_cuts('<b>11</b><i hidden>9</i><b>1</b>')
    '<b>11</b><b>1</b>\\n<i hidden>9</i>'
    """
    unseen: list[str] = []
    for find in (_comments, _elements):
        pieces, position = [], 0
        for start, end in sorted(find(source)):
            if start >= position and _is_inside_a_word(source, start, end):
                pieces.append(source[position:start])
                unseen.append(source[start:end])
                position = end
        source = "".join([*pieces, source[position:]]) if position else source
    return "\n".join([source, *unseen]) if unseen else source


def _comments(source: str) -> Iterator[tuple[int, int]]:
    """Where comments begin and end."""
    at = source.find("<!--")
    while at >= 0:
        end = source.find("-->", at + 2)
        if end < 0:
            return
        yield at, end + 3
        at = source.find("<!--", end + 3)


def _elements(source: str) -> set[tuple[int, int]]:
    """Where elements inside of words begin and end that are not shown."""
    found: set[tuple[int, int]] = set()
    small = source.lower()
    if len(small) != len(source):  # a few letters of Turkish are two when they are small
        small = source
    for sign in _SIGNS:
        at, tried = small.find(sign), 0
        while at >= 0 and len(found) < _MOST:
            start = source.rfind("<", max(0, at - _LONGEST_TAG), at)
            is_new = start > tried and (source[start - 1].isalnum() or source[start - 1] == ">")
            element = _ELEMENT.match(source, start) if is_new else None
            tried = max(tried, start)
            if element and UNSEEN.search(element[2]):
                found.add(element.span())
            at = small.find(sign, at + 1)
    return found


def _is_inside_a_word(source: str, start: int, end: int) -> bool:
    """Whether letters or digits stand on both sides, with nothing but tags in between."""
    for _ in range(_MOST_TAGS):
        if source[start - 1 : start] != ">":
            break
        start = source.rfind("<", max(0, start - _LONGEST_TAG), start)
        if start < 1:
            return False
    for _ in range(_MOST_TAGS):
        if source[end : end + 1] != "<":
            break
        end = source.find(">", end, end + _LONGEST_TAG) + 1
        if not end:
            return False
    return source[start - 1 : start].isalnum() and source[end : end + 1].isalnum()
