"""Hostile HTML in a mail: nothing in what the frame gets can run, fetch, submit, cover or restyle.

What comes out is judged by a parser of its own against lists of its own, so that a hole in the sanitiser's lists
is not a hole in the test.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.unit.portal.hostile.hostile_html import HOSTILE
from tests.unit.portal.hostile.hostile_more import HOSTILE_BYTES, HOSTILE_MORE
from tests.unit.portal.portal_client import M, html_mail, reading, shown, shown_bytes
from zegel_portal.mail.sanitise import sanitise

ALL = [*HOSTILE, *HOSTILE_MORE]
ALLOWED_TAGS = set(
    "html head meta title style body a abbr address article aside b bdi bdo big blockquote br caption center cite code "  # noqa: SIM905
    "col colgroup dd del div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main "
    "mark nav ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul "
    "var wbr".split()
)
ALLOWED_ATTRIBUTES = set(
    "href target rel src alt width height align valign bgcolor border cellpadding cellspacing colspan rowspan nowrap "  # noqa: SIM905
    "scope span color face size start type value class dir lang style charset name content".split()
)
SHEET = re.compile(r"(?:[a-z0-9\s.,>_-]+\{[a-z-]+:[^{}<>\\@]*\}\s*)*", re.IGNORECASE)


class Judge(HTMLParser):
    """Notes everything in a document that could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.styles: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.wrong.append(f"<{tag}>")
        self._in_style = tag == "style"
        for name, given in attrs:
            value = given or ""
            if name not in ALLOWED_ATTRIBUTES:
                self.wrong.append(f"{tag} {name}")
            elif name == "href" and not re.match(r"(https?://|mailto:|tel:)", value.strip(), re.IGNORECASE):
                self.wrong.append(f"href {value}")
            elif name == "src" and not re.fullmatch(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+", value):
                self.wrong.append(f"src {value}")
            elif name == "target" and value != "_blank":
                self.wrong.append(f"target {value}")
            elif name == "style" and re.search(r"url|\(\s*[^\d\s]|position|z-index|@|\\|[{}<>]|/\*|transform", value):
                self.wrong.append(f"style {value}")
            elif name in ("name", "content") and tag != "meta":
                self.wrong.append(f"{tag} {name}")
        if tag == "a" and ("target", "_blank") not in attrs:
            self.wrong.append("link without target")
        if tag == "a" and dict(attrs).get("rel") != "noopener noreferrer":
            self.wrong.append("link without rel")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)
            self._in_style = False


class Reader(HTMLParser):
    """Notes elements and texts, in one order of attributes and one way of writing a character."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted(attrs, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.found.append(("", data))


def meaning(html: str) -> list[object]:
    """What a browser makes of clean HTML."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def judged(document: str) -> list[str]:
    """What in a document could do something."""
    judge = Judge()
    judge.feed(document)
    judge.close()
    wrong = list(judge.wrong)
    if len(judge.styles) > 2 or document.count("<style>") != len(judge.styles):
        wrong.append("a style element of the mail")
    wrong += [sheet for sheet in judge.styles[1:] if not SHEET.fullmatch(sheet.strip()) or "url" in sheet]
    return wrong


@pytest.mark.parametrize("html", ALL)
def test_hostile_html_is_harmless(html: str) -> None:
    for variant in (html, f"<p>{html}</p>", f"<table><tr><td>{html}", f"<b><i>{html}"):
        assert judged(shown(variant)) == []


@pytest.mark.parametrize(("charset", "html"), HOSTILE_BYTES)
def test_no_character_set_makes_markup_that_is_not_judged(charset: str, html: bytes) -> None:
    assert judged(shown_bytes(html, charset)) == []


@pytest.mark.parametrize("html", [each for each in ALL if not each.startswith("<a><table><a>")])
def test_cleaning_what_is_clean_changes_nothing(html: str) -> None:
    # But for a link in a table in a link, which no parser leaves as it is, and which the judge looked at.
    once = sanitise(html, {}).html
    assert meaning(sanitise(once, {}).html) == meaning(once)


def test_there_are_enough_cases() -> None:
    assert len(ALL) == len(set(ALL)) >= 300


@pytest.mark.parametrize("html", ALL)
def test_folding_quotations_adds_nothing_but_the_fold(html: str) -> None:
    """In a conversation what is quoted is folded: without our own elements it is the same document."""
    jan = reading(html_mail(f"<blockquote>{html}</blockquote>{html}".encode("utf-8", "surrogatepass")))
    plain, folded = jan.get(f"{M}/body").text, jan.get(f"{M}/body?fold=1").text
    ours = '<details class="zegel-quote"><summary>Show what is quoted</summary>'
    body = folded.partition("<body")[2]
    opened, closed = body.count(ours), body.count("</details>") - body.count('class="zegel-own"')
    assert opened == closed
    without = body.replace(ours, "").replace("</details>", "")
    assert "".join(without.split()) == "".join(plain.partition("<body")[2].replace("</details>", "").split())
