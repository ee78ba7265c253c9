"""HTML of a sender, reduced to an allow-list of elements and attributes that can show and do nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import nh3

from zegel_portal.files.file_types import picture_type
from zegel_portal.mail.styles import filter_declarations, style_sheets

PICTURE_BUDGET = 5_000_000
"""Bytes of pictures that travel inside the body; what comes after is not shown there."""
LONGEST, MOST_ELEMENTS, MOST_AMPERSANDS = 12_000_000, 15_000, 100_000
"""Beyond these the parser's work grows with the square of the input; such HTML is not shown. The length leaves
room for pictures written as data: URIs."""

_TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
    "cite", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol",
    "p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_DROPPED_WHOLE = {
    "applet", "frameset", "iframe", "math", "noembed", "noscript", "object", "script", "style", "svg", "template",
    "title", "xmp",
}  # fmt: skip
"""Elements whose content is not text for a reader."""
_BOX = {"align", "bgcolor", "height", "valign", "width"}
_ATTRIBUTES = {
    "*": {"class", "dir", "lang", "style"},
    "a": {"href"},
    "img": {"alt", "height", "src", "width"},
    "table": {*_BOX, "border", "cellpadding", "cellspacing"},
    "td": {*_BOX, "colspan", "nowrap", "rowspan"},
    "th": {*_BOX, "colspan", "nowrap", "rowspan", "scope"},
    "tr": _BOX,
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    **{tag: {"align"} for tag in ("div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "caption", "hr")},
}
_NESTING = re.compile(r"<(?!(?:t[dhr]|tbody|p|li|d[td]|br|img|hr|col|wbr|o:p)[\s/>])[a-z]", re.IGNORECASE)
"""The start of an element that can stand inside one of its own kind; the others close each other."""
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\x00-\x1f]+", re.IGNORECASE)
_DATA_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE)
_REMOTE = re.compile(r"<img\b[^<>]{0,800}?\bsrc\s{0,9}=\s{0,9}[\"']?\s{0,9}(?:https?:)?//", re.IGNORECASE)


_UNSHOWN = re.compile(r'<img(?![^>]* src=")(?:[^>]*? alt="([^">]*)")?[^>]*>')
"""A picture without a source in what the sanitiser wrote. In that, "<" and ">" stand at the ends of tags and
nowhere else, because texts come escaped and `attribute` lets neither through in a value."""


@dataclass(frozen=True, slots=True)
class Clean:
    """HTML that may be shown: `html` for the body, `styles` for a style element before it."""

    html: str
    styles: str
    left_out: int
    """Pictures that were there but are not shown, because of their number of bytes or because they are none."""


class _Pictures:
    """Turns cid: and data: pictures into data: URIs until the budget is spent."""

    def __init__(self, inline: Mapping[str, Callable[[], bytes]]) -> None:
        self._inline = {name.lower(): content for name, content in inline.items()}
        self._left = PICTURE_BUDGET
        self._made: dict[str, str | None] = {}
        self.left_out = 0

    def source(self, value: str) -> str | None:
        """The src to use for `value`, None when there is to be no picture."""
        if value not in self._made:
            data = self._bytes(value)
            kind = picture_type(data)
            fits = bool(kind) and len(data) <= self._left
            self._left -= len(data) if fits else 0
            self.left_out += bool(data) and not fits
            encoded = base64.b64encode(data).decode("ascii") if fits else ""
            self._made[value] = f"data:{kind};base64,{encoded}" if fits else None
        elif self._made[value]:
            # A picture that is used again costs as much again in the document.
            self._left -= len(self._made[value] or "") * 3 // 4
            if self._left < 0:
                return None
        return self._made[value]

    def _bytes(self, value: str) -> bytes:
        if value[:4].lower() == "cid:":
            content = self._inline.get(unquote(value[4:]).strip("<>").lower())
            return content() if content else b""
        picture = _DATA_PICTURE.fullmatch(value.strip())
        try:
            return base64.b64decode(picture[1], validate=False) if picture else b""
        except ValueError:
            return b""


def sanitise(html: str, inline: Mapping[str, Callable[[], bytes]], apart: str = "") -> Clean:
    """What may be shown of `html`; `inline` gives the bytes of a picture by its Content-ID.

    With `apart` the style sheets count inside elements of that class alone.

    Nothing in the result runs, fetches, submits, or refers to a page outside but through a link that a reader
    follows. Class names stay, for the style sheets of the mail itself, which stand in the frame alone.
    """
    pictures = _Pictures(inline)

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return pictures.source(value)
        if name == "href":
            return value.replace("<", "%3C").replace(">", "%3E") if _LINK.fullmatch(value.strip()) else None
        if name == "style":
            return filter_declarations(value) or None
        if "<" in value or ">" in value:
            return value.replace("<", "").replace(">", "")  # nothing that could be read as markup a second time
        if name in ("width", "height"):
            return value if re.fullmatch(r"\d{1,4}(px|%)?", value) else None
        return value if len(value) < 1000 else None

    cleaner = nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        url_relative="deny",
        link_rel="noopener noreferrer",
    )
    cleaned = _UNSHOWN.sub(lambda found: found[1] or "", cleaner.clean(html))
    return Clean(cleaned, style_sheets(html, apart), pictures.left_out)


def too_much(html: str) -> bool:
    """Whether sanitising `html` would take more than a second or two."""
    if len(html) > LONGEST or html.count("&") > MOST_AMPERSANDS:
        return True
    return sum(1 for _ in _NESTING.finditer(html)) > MOST_ELEMENTS


def has_remote_pictures(html: str) -> bool:
    """Whether the sender meant pictures to come from a website, which does not happen here."""
    return bool(_REMOTE.search(html))
