"""What the frame on the message page shows: the sender's HTML made harmless, or the plain text with its links."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from zegel.message.mime.transfer import Raw
from zegel.message.mime.view import View, content
from zegel_portal.mail.sanitise import Clean, has_remote_pictures, sanitise, too_much

LONGEST_TEXT = 1_000_000
"""Characters of plain text that are shown; the rest is in the download."""
HEIGHTS = (5, 7, 9, 12, 15, 19, 24, 30, 38, 48, 60, 76, 96, 130)
"""Lines that the frame can be high; portal.css has a class for each."""
_WIDE, _NARROW = 66, 36
"""Characters on a line of a computer and of a phone."""

_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"'()\[\]{}]{1,2000}|(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"<blockquote\b.*", re.IGNORECASE | re.DOTALL)
_LOOSE = re.compile(r" ([.,;:!?)])")
_LOOKED_AT, _BEGINNING = 50_000, 240
"""Characters that are looked at for the first words of a mail, and those of them that are shown."""
_BREAK = re.compile(r"<(?:(br|div|tr|li)|p|h[1-6]|hr|table|blockquote|ul|ol)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_MARKS = re.compile(r">(?: ?>)* ?")
"""What stands before a quoted line. Only at its beginning: a blank before it says that it is no quotation."""
MOST_DEPTH = 9
"""Quotations inside each other that are drawn as such."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, and where it links to ("" for nowhere)."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: the writer's own, or a quotation."""

    depth: int
    """How often it is quoted; 0 is the writer's own."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """What the frame shows: `rich` when the mail has HTML that can be shown, else `blocks`."""

    rich: Clean | None
    blocks: tuple[Block, ...]
    shortened: bool
    remote_pictures: bool


def body_of(raw: Raw, seen: View, apart: str = "") -> Body:
    """The body of the mail `raw`, of which `seen` is the view.

    In a document that has more than the body in it, `apart` is the class of the element that the body stands in.
    """
    if seen.html.strip() and not too_much(seen.html):
        inline: Mapping[str, Callable[[], bytes]] = {
            name: partial(content, raw, picture) for name, picture in seen.inline.items()
        }
        return Body(sanitise(seen.html, inline, apart), (), False, has_remote_pictures(seen.html))
    text = (seen.text if seen.text.strip() else without_tags(seen.html)).rstrip()
    return Body(None, tuple(blocks(text[:LONGEST_TEXT])), len(text) > LONGEST_TEXT, False)


def without_tags(rich: str) -> str:
    """Roughly the text of HTML, for estimates and for HTML that is too big to show."""
    for opening, closing in (("<!--", "-->"), ("<style", "</style"), ("<script", "</script"), ("<title", "</title")):
        rich = "".join(_outside(rich, opening, closing))
    rich = _BREAK.sub(lambda found: ("\n" if found[1] else "\n\n") + found[0], " ".join(rich.split()))
    return re.sub(r"\n(?: *\n)+", "\n\n", html.unescape(_TAG.sub(" ", rich)))


def _outside(text: str, opening: str, closing: str) -> Iterator[str]:
    """What does not stand between `opening` and `closing`, in one pass whatever the text."""
    lower, end = text.lower(), 0
    while (begin := lower.find(opening, end)) != -1:
        yield text[end:begin]
        end = lower.find(closing, begin)
        if end == -1:
            return
    yield text[end:]


def blocks(text: str) -> Iterator[Block]:
    """The lines of a plain text, quotations (lines that begin with ">") apart and without these signs.

    >>> [(b.depth, b.pieces[0].text) for b in blocks("Thanks\\n> When?\\n> Where?\\n>> Now")]
    [(0, 'Thanks'), (1, 'When?\\nWhere?'), (2, 'Now')]
    """
    lines: list[str] = []
    current = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        marks = _MARKS.match(line)
        depth = min(marks[0].count(">"), MOST_DEPTH) if marks else 0
        if depth != current and lines:
            yield Block(current, tuple(pieces("\n".join(lines))))
            lines = []
        current = depth
        lines.append(line[marks.end() :] if marks else line)
    if lines:
        yield Block(current, tuple(pieces("\n".join(lines))))


def pieces(text: str) -> Iterator[Piece]:
    """A text cut at web and mail addresses; the punctuation that ends a sentence stays outside the link.

    >>> [p.href for p in pieces("See www.clinic.example/a, or ask jan@clinic.example.") if p.href]
    ['https://www.clinic.example/a', 'mailto:jan@clinic.example']
    """
    end = 0
    for match in _ADDRESS.finditer(text):
        address = match[0].rstrip(".,;:!?*_~")
        if match.start() > end:
            yield Piece(text[end : match.start()])
        if address.lower().startswith(("http://", "https://")):
            yield Piece(address, address)
        else:
            yield Piece(address, f"https://{address}" if address.lower().startswith("www.") else f"mailto:{address}")
        end = match.start() + len(address)
    if end < len(text):
        yield Piece(text[end:])


def beginning_of(seen: View) -> str:
    """The first words of a mail that are not quoted, on one line."""
    text = without_tags(_QUOTE.sub(" ", seen.html[:_LOOKED_AT])) if seen.html.strip() else seen.text[:_LOOKED_AT]
    own = [line for line in text.split("\n") if not line.lstrip().startswith(">")]
    return _LOOSE.sub(r"\1", " ".join(" ".join(own).split()))[:_BEGINNING]


def frame_heights(seen: View) -> tuple[int, int]:
    """How many lines high the frame is to be on a computer and on a phone, out of HEIGHTS.

    No script runs in the frame that could tell its height, so it is estimated from the text; a frame that turns
    out too low scrolls.
    """
    text = without_tags(seen.html[:2_000_000]) if seen.html.strip() else seen.text
    extra = 6 * min(10, len(seen.inline)) if seen.html.strip() else 0
    return _step(_lines(text, _WIDE) + extra), _step(_lines(text, _NARROW) + extra)


def _lines(text: str, width: int) -> int:
    return sum(1 + len(line.strip()) // width for line in text[:50_000].split("\n"))


def _step(lines: int) -> int:
    return next((step for step in HEIGHTS if step >= lines + 1), HEIGHTS[-1])
