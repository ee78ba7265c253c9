"""A mail as its parts of meaning, and the three shapes it is shown in: a page, a card, and text.

Each kind of mail says what it has to say in a Letter; how that looks is in templates/ and the same for all.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import escape

from zegel.i18n.catalogues import environment, translations
from zegel.notices.brand import Brand, logo_of
from zegel.notices.mime_writer import Piece, image_piece, multipart, text_piece
from zegel.theme.palette import look

FOLDER = Path(__file__).parent
"""Where templates/ and locale/ of the mails are."""

TEXT_WIDTH = 72
_OTHER_BLANK = re.compile(r"[\t\x0b\x0c\r]")
"""What textwrap makes a blank of."""
_ITEM = re.compile(r"\d+\. |- ")
_PLACE = re.compile("\ue000(\\d+)\ue001")
"""Where a text goes in an outline: between two characters that Unicode leaves to private use."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, in the order in which it is read; an empty part is not shown."""

    heading: str
    lead: str
    facts: tuple[tuple[str, str, str], ...] = ()
    """What it is called, what it is, and a detail or "": ("From", "Anna de Vries", "anna@clinic.example")."""
    files: tuple[tuple[str, str], ...] = ()
    """Name and readable size of each file."""
    below_files: str = ""
    secret: str = ""
    """What is to be copied, large."""
    phrase: str = ""
    """The phrase that the recipient chose to know us by."""
    button: str = ""
    """The one thing to do; leads to `link`."""
    button_colour: str = ""
    """#rrggbb, where it is not the organisation's accent colour; white has to be readable on it."""
    link: str = ""
    below_button: str = ""
    """Until when, how often."""
    steps_title: str = ""
    steps: tuple[str, ...] = ()
    after_steps: str = ""
    other: tuple[str, str, str] | None = None
    """The heading and the lead once more, for who may not read the language of the rest: language, heading, lead."""
    notes: tuple[tuple[str, str] | tuple[str, str, str], ...] = ()
    """A question, its answer, and perhaps the address of a page about it."""


def gettext_for(language: str) -> Callable[[str], str]:
    """The function that puts this folder's English texts into `language`."""
    return translations(FOLDER, language).gettext


def letter_page(brand: Brand, letter: Letter, language: str) -> str:
    """The letter as a whole HTML document."""
    return _render("page.html", brand, letter, language)


def letter_card(brand: Brand, letter: Letter, language: str) -> str:
    """The letter as a piece of HTML to put into somebody else's document; it brings its own colours."""
    return _render("card.html", brand, letter, language)


def letter_text(brand: Brand, letter: Letter, language: str) -> str:
    """The letter as plain text, folded at 72 characters but for addresses."""
    rendered = re.sub(r"\n{3,}", "\n\n", _render("letter.txt", brand, letter, language)).strip()
    return "\n".join(_folded(line) for line in rendered.split("\n")) + "\n"


def text_page(brand: Brand, text: str, language: str) -> str:
    """A sender's plain text as a document for a card to go into; `text` is HTML from `htmlbody.from_text`."""
    shown = {"text": text, "brand": brand, "look": look(brand.colour)}
    return environment(FOLDER, language).get_template("original.html").render(shown)


def both_ways(brand: Brand, text: str, html: str, images: tuple[Piece, ...] = ()) -> Piece:
    """multipart/alternative of text and HTML; the HTML brings the logo and `images` along."""
    shown: list[Piece] = list(images)
    if logo := logo_of(brand):
        shown.append(image_piece(logo.data, "image/png", logo.content_id, "logo.png"))
    page = text_piece("html", html)
    if shown:
        page = multipart("related", page, *shown, parameter='type="text/html"')
    return multipart("alternative", text_piece("plain", text), page)


def _render(template: str, brand: Brand, letter: Letter, language: str) -> str:
    """The letter in a template, of which only the outline is rendered anew when it was not there before.

    What the letter says is in no outline, so nothing of one mail can come into another; the templates may ask whether
    something is there, and how many there are, and show it.
    """
    said: list[str] = []
    outline = Letter(*(_places(getattr(letter, name), said) for name in Letter.__slots__))
    pieces, order = _outline(template, brand, outline, language)
    shown = [str(escape(each)) for each in said] if template.endswith(".html") else said
    filled = [*pieces, *pieces[:-1]]
    filled[::2], filled[1::2] = pieces, [shown[number] for number in order]
    return "".join(filled)


@lru_cache(maxsize=256)
def _outline(template: str, brand: Brand, outline: Letter, language: str) -> tuple[list[str], list[int]]:
    """A letter that says nothing, cut at its places; and which place stands between two pieces."""
    values: dict[str, Any] = {"brand": brand, "letter": outline, "logo": logo_of(brand), "look": look(brand.colour)}
    found = _PLACE.split(environment(FOLDER, language).get_template(template).render(values))
    return found[::2], [int(number) for number in found[1::2]]


def _places(value: Any, said: list[str]) -> Any:
    """`value` with a place for each text in it, which goes to `said`; what is empty stays so."""
    if isinstance(value, tuple):
        return tuple([_places(each, said) for each in value])
    if not value:
        return value
    said.append(value)
    return f"\ue000{len(said) - 1}\ue001"


def _folded(line: str) -> str:
    """As textwrap would, which takes ten times as long for a line of words with one blank between them."""
    if _OTHER_BLANK.search(line):
        return _wrapped(line)
    if len(line) <= TEXT_WIDTH:
        return line.rstrip()
    words = line.split(" ")
    if not all(map(str.strip, words)):
        return _wrapped(line)
    indent = _indent(line)
    lines, width = [words[0]], len(words[0])
    for word in words[1:]:
        if width + 1 + len(word) <= TEXT_WIDTH:
            lines[-1] += " " + word
            width += 1 + len(word)
        else:
            lines.append(indent + word)
            width = len(indent) + len(word)
    return "\n".join(lines)


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line, TEXT_WIDTH, subsequent_indent=_indent(line), break_long_words=False, break_on_hyphens=False
    )


def _indent(line: str) -> str:
    """What stands under the number or the hyphen of an item."""
    item = _ITEM.match(line)
    return " " * item.end() if item else ""
