"""Fits the harmless HTML of a mail to its reader: how wide it was made, whether it can be dark, letters that grow.

Works on what portal/mail/sanitise.py wrote, in which "<" and ">" stand at the ends of tags only, attributes are
quoted and declarations are written `name:value;name:value`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zegel_portal.mail.sanitise import Clean

_LONGEST = 3_000_000
"""Characters that are measured; what comes after is as wide as what came before."""
_WIDEST = 4000
"""Pixels that a mail may claim: more is no layout."""
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]*)>|([^<>]+)")
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_OPENED = re.compile(r"<[a-z][^<>]*>")
_STYLE = re.compile(r' style="([^"]*)"')
_COLOUR_ATTRIBUTE = re.compile(r' (bgcolor|color)="([^"]*)"')
_WIDTH = re.compile(r"(?:^|[;{])((?:min-)?width):([^;}]*)")
_SHRINKS = re.compile(r"(?:^|[;{])max-width:")
_LENGTH = re.compile(r"(\d*\.?\d+)(px|pt|pc|in|cm|mm|r?em|)", re.ASCII)
_PIXELS = {"px": 1.0, "": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "em": 16.0}
_TYPE = re.compile(r"((?:^|[;{\s])(?:font|font-size|line-height):)([^;}]*)")
_FIXED = re.compile(r"(?<![\w.#-])(\d*\.?\d+)(px|pt|pc|in|cm|mm)\b", re.ASCII)
_COLOURS = re.compile(r"(?:^|(?<=[;{\s]))(color|background|background-color):([^;}]*);?")
_BLACK = {"black", "windowtext", "inherit", "initial", "unset", "currentcolor", "auto"}
_WHITE = {"white", "window", "transparent", "none", "inherit", "initial", "unset"}
_HEX = re.compile(r"#(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))")
_RGB = re.compile(r"rgba?\((\d+)[\s,]+(\d+)[\s,]+(\d+)[^)]*\)")
_DARKEST, _PALEST = 0x40, 0xFA
"""Text up to that is black, a background from that on is white, to whom wrote the mail."""
_PADDING = re.compile(r' cellpadding="(\d{1,3})')
_LETTER = 9
"""Pixels of a letter, for words that cannot be broken in a table."""
_PHONE = 300
"""Pixels that every screen has."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """HTML for the frame."""

    html: str
    styles: str
    width: int
    """Pixels across that it was made for, 0 when it flows into any width."""
    flows: bool
    """Whether its lines are as long as there is room: then they are kept short enough to read."""
    own_colours: bool
    """Whether it has colours, and so stays on white when the device is dark."""


@dataclass(slots=True)
class _Row:
    """A row of a table while it is read, in pixels."""

    padding: float = 0.0
    """Beside what stands in a cell."""
    unbroken: bool = False
    """Whether its lines are not broken."""
    boxes: float = 0.0
    """Of the cells that have ended: what was said of them, and the boxes in them."""
    words: float = 0.0
    """The same, or their text where that is wider."""
    cells: int = 0
    box: float = 0.0
    text: float = 0.0
    whole: bool = False

    def begin_cell(self, width: float, unbroken: bool) -> None:
        self.end_cell()
        self.cells, self.box, self.whole = self.cells + 1, width, self.unbroken or unbroken

    def read(self, text: str) -> None:
        if self.whole:
            self.text += _LETTER * len(" ".join(text.split()))
        else:
            self.text = max(self.text, _LETTER * max(map(len, text.split()), default=0))

    def end_cell(self) -> None:
        self.boxes += self.box
        self.words += max(self.box, self.text + self.padding if self.text else 0)
        self.box = self.text = 0.0

    @property
    def width(self) -> float:
        """A word that is alone in its row is broken, see body.html."""
        return self.words if self.cells > 1 else self.boxes


def fit(clean: Clean) -> Fitted:
    """What the frame shows of `clean`."""
    own = has_own_colours(clean)
    width = width_of(clean)
    return Fitted(
        html=_OPENED.sub(lambda found: _fitted_tag(found[0], own), clean.html),
        styles=_fitted_style(clean.styles, own),
        width=width,
        flows=not width and "<table" not in clean.html,
        own_colours=own,
    )


def has_own_colours(clean: Clean) -> bool:
    """Whether the mail says more of colours than black on white."""
    for tag in _OPENED.finditer(clean.html):
        if any(not _neutral(name, value) for name, value in _COLOUR_ATTRIBUTE.findall(tag[0])):
            return True
        style = _STYLE.search(tag[0])
        if style and _style_has_colours(style[1]):
            return True
    return _style_has_colours(clean.styles)


def width_of(clean: Clean) -> int:
    """How many pixels across the mail was made for: its widest box, or the cells of its widest row together.

    >>> width_of(Clean('<table width="800"><tbody><tr><td>x</td></tr></tbody></table>', "", 0))
    800
    >>> width_of(Clean('<p style="width:50%">x</p><img src="data:" width="900">', "", 0))
    0
    """
    widest = _sheet_width(clean.styles)
    rows: list[_Row] = []
    table = _Row()
    for closing, tag, rest, text in _TAG.findall(clean.html[:_LONGEST]):
        row = rows[-1] if rows else None
        if text:
            if row:
                row.read(text)
        elif closing and tag == "tr" and row:
            rows.pop()
            row.end_cell()
            widest = max(widest, row.width)
            if rows:
                rows[-1].box = max(rows[-1].box, row.width)
        elif not closing:
            own = _tag_width(tag, rest)
            unbroken = "nowrap" in rest
            if tag == "table":
                space = _PADDING.search(rest)
                table = _Row(padding=2 * float(space[1]) + 2 if space else 4, unbroken=unbroken)
            elif tag == "tr":
                rows.append(_Row(padding=table.padding, unbroken=table.unbroken or unbroken))
            elif tag in ("td", "th") and row:
                row.begin_cell(own, unbroken)
            if tag not in ("img", "td", "th"):
                widest = max(widest, own)
            if row and tag in ("img", "table"):
                row.box = max(row.box, own)
    return min(round(widest), _WIDEST) if widest > _PHONE else 0


def _tag_width(tag: str, attributes: str) -> float:
    if "width" not in attributes:
        return 0.0
    given = dict(_ATTRIBUTE.findall(attributes))
    style = given.get("style", "")
    if tag not in ("td", "th", "table") and _SHRINKS.search(style):
        return 0.0
    said = {"width": given.get("width", ""), **dict(_WIDTH.findall(style))}
    return max(map(_pixels, said.values()))


def _sheet_width(styles: str) -> float:
    """The widest box of a style sheet: which elements it is about is not looked up."""
    rules = (rule.partition("{")[2] for rule in styles.split("}"))
    return max(
        (_pixels(each) for rule in rules if not _SHRINKS.search(rule) for _, each in _WIDTH.findall(rule)), default=0.0
    )


def _pixels(length: str) -> float:
    """A length in pixels, 0 for one that depends on the room there is, or that nobody means."""
    found = _LENGTH.fullmatch(length.strip().lower())
    pixels = float(found[1]) * _PIXELS[found[2].removeprefix("r")] if found else 0.0
    return pixels if pixels <= _WIDEST else 0.0


def _fitted_tag(tag: str, own_colours: bool) -> str:
    if "style=" in tag:
        tag = _STYLE.sub(lambda found: f' style="{_fitted_style(found[1], own_colours)}"', tag)
    return tag if own_colours else _COLOUR_ATTRIBUTE.sub("", tag)


def _fitted_style(style: str, own_colours: bool) -> str:
    """Declarations whose letters grow with the reader's, and without the colours that everybody has."""
    grown = _TYPE.sub(lambda found: found[1] + _FIXED.sub(_in_rem, found[2]), style)
    return grown if own_colours else _COLOURS.sub("", grown)


def _in_rem(length: re.Match[str]) -> str:
    return f"{float(length[1]) * _PIXELS[length[2]] / 16:.4g}rem"


def _style_has_colours(style: str) -> bool:
    return any(not _neutral(name, value) for name, value in _COLOURS.findall(style))


def _neutral(name: str, value: str) -> bool:
    """Whether a colour is what a reader has anyway: black text, a white background."""
    value = value.strip().lower()
    channels = _channels(value)
    if name == "color":
        return value in _BLACK or (bool(channels) and max(channels) <= _DARKEST)
    return value in _WHITE or (bool(channels) and min(channels) >= _PALEST)


def _channels(colour: str) -> tuple[int, ...]:
    if found := _HEX.fullmatch(colour):
        return tuple(int(each * 2 if len(each) == 1 else each, 16) for each in found.groups() if each)
    found = _RGB.fullmatch(colour)
    return tuple(int(each) for each in found.groups()) if found else ()
