"""The message before anything else: how far down it begins, wide mails, the dark, and readers with large letters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page

from tests.conftest import CHROMIUM, QUIET
from tests.e2e.gallery import Gallery, gallery
from tests.e2e.reading_scenes import of, scene
from tests.unit.portal import reading_samples as samples
from tests.unit.portal.test_files import PNG, mail

WORDS = "Beste mevrouw De Vries, hierbij ontvangt u de uitslag van het onderzoek van 12 mei."
PARAGRAPH = f'<p style="font-size:14px">{WORDS}</p>'
NEWSLETTER = (
    '<table width="800" cellpadding="0" bgcolor="#eef4f8"><tr><td width="800" style="padding:24px">'
    f'<h1 style="color:#0b5a82">Nieuwsbrief</h1>{PARAGRAPH}<table width="752"><tr><td width="376">{PARAGRAPH}</td>'
    '<td width="376" align="right">rechts</td></tr></table></td></tr></table>'
)
BOX = f'<div style="width:800px;border:1px solid #888">{PARAGRAPH}<p align="right">rechts</p></div>'
SHEET = "<style>.all{width:600pt}</style>" + f'<div class="all">{PARAGRAPH}<p align="right">rechts</p></div>'
OUTLOOK = (
    '<p class=MsoNormal style="color:black">Beste Jan,</p>'
    '<table border=1 style="border-collapse:collapse;width:489.0pt"><tr>'
    + '<td width=130 style="width:97.8pt;border:solid windowtext 1.0pt;padding:0cm 5.4pt"><p>Laboratorium</p></td>' * 4
    + "<td width=130 style='width:97.8pt'><p>rechts</p></td></tr></table>"
)
WIDE = {"newsletter": NEWSLETTER, "box": BOX, "style sheet": SHEET, "Outlook": OUTLOOK, "cells": samples.TABLE}
LONG_SUBJECT = (
    b"Subject: Uitslag van het bloedonderzoek van dinsdag twaalf mei, en de afspraak daarna bij de polikliniek "
    b"cardiologie op de locatie Noord\r\n"
)


def with_subject(raw: bytes) -> bytes:
    head, _, rest = raw.partition(b"Subject: ")
    return head + LONG_SUBJECT + rest.partition(b"\n")[2]


def from_address(raw: bytes) -> bytes:
    """From an address without a name, and as long as an address may be."""
    head, _, rest = raw.partition(b"From: ")
    domain = b".".join([b"d" * 60] * 3)
    return (
        head
        + b"From: "
        + b"afdeling.met.een.lange.naam." * 2
        + b"x@"
        + domain
        + b".example\r\n"
        + rest.partition(b"\n")[2]
    )


WIDEST = "<p>Beste Jan,</p><table><tr>" + "<td nowrap>Kolom met een waarde</td>" * 30 + "</tr></table>"
FIRST = {
    "long address": with_subject(from_address(mail(("Foto.png", "image/png", PNG), body=WORDS))),
    "plain": mail(body=WORDS),
    "html": mail(body="x", html=PARAGRAPH),
    "files": mail(*((f"Foto {n}.png", "image/png", PNG) for n in range(6)), body=WORDS),
    "long subject": with_subject(mail(("Foto.png", "image/png", PNG), body="x", html=PARAGRAPH)),
    "remote pictures": mail(body="x", html=f'{PARAGRAPH}<img src="https://x.example/y.png">'),
    "wide": with_subject(mail(("Foto.png", "image/png", PNG), body="x", html=NEWSLETTER)),
    "many people": mail(body=WORDS).replace(
        b"To: ", b"To: " + b", ".join(b"een.lange.naam%d@kliniek.example" % n for n in range(40)) + b",\r\n ", 1
    ),
}


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery() as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        locale="nl-NL", viewport={"width": 360, "height": 740}, java_script_enabled=request.param
    )
    yield context.new_page()
    context.close()


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def computer(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        locale="en-GB", viewport={"width": 1280, "height": 900}, java_script_enabled=request.param
    )
    yield context.new_page()
    context.close()


def opened(shown: Gallery, page: Page, raw: bytes) -> Frame:
    """The frame with the text of the mail `raw`."""
    shown.show(scene("x", of(raw)), page)
    frame = page.locator("iframe.body").element_handle().content_frame()
    assert frame
    frame.wait_for_load_state()
    page.wait_for_timeout(100)
    return frame


def overflow(frame: Frame) -> int:
    return int(frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def first_line(page: Page, frame: Frame) -> float:
    """Where the first line of the message ends, in pixels from the top of the page."""
    inside = frame.evaluate(
        """() => { const walk = document.createTreeWalker(document.querySelector(".zegel-mail") || document.body, 4);
        const range = document.createRange(); while (!walk.nextNode().data.trim());
        range.selectNodeContents(walk.currentNode); return range.getClientRects()[0].bottom; }"""
    )
    box = page.locator("iframe.body").bounding_box()
    assert box
    return float(box["y"] + inside)


@pytest.mark.parametrize("name", FIRST)
def test_on_a_phone_the_first_line_is_within_260_pixels(name: str, shown: Gallery, phone: Page) -> None:
    frame = opened(shown, phone, FIRST[name])
    bottom = first_line(phone, frame)
    assert bottom <= 260


@pytest.mark.parametrize("name", WIDE)
def test_on_a_computer_a_wide_mail_is_whole(name: str, shown: Gallery, computer: Page) -> None:
    frame = opened(shown, computer, mail(body="x", html=WIDE[name]))
    assert overflow(frame) <= 0
    assert frame.locator(".zegel-own").count() == 0 or frame.locator(".zegel-own").is_hidden()
    zoom = frame.evaluate("getComputedStyle(document.querySelector('.zegel-mail')).zoom")
    assert float(zoom) == 1, "there is room for it as it is"


@pytest.mark.parametrize("name", WIDE)
def test_on_a_phone_a_wide_mail_fits_and_can_have_its_own_size(name: str, shown: Gallery, phone: Page) -> None:
    frame = opened(shown, phone, mail(body="x", html=WIDE[name]))
    assert overflow(frame) <= 0
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    own = frame.get_by_text("Op ware grootte tonen")
    own.click()
    phone.wait_for_timeout(200)
    assert overflow(frame) > 100
    own.click()
    phone.wait_for_timeout(200)
    assert overflow(frame) <= 0


def test_what_would_be_too_small_to_read_keeps_its_size(shown: Gallery, phone: Page) -> None:
    """And is moved inside the frame."""
    frame = opened(shown, phone, mail(body="x", html=WIDEST))
    assert float(frame.evaluate("getComputedStyle(document.querySelector('.zegel-mail')).zoom")) == 1
    assert overflow(frame) > 1000
    assert not frame.get_by_text("Op ware grootte tonen").is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def brightness(colour: str) -> int:
    """Of "rgb(1, 2, 3)": 0 to 765."""
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


@pytest.mark.parametrize(
    ("html", "dark"),
    [
        (PARAGRAPH, True),
        ('<p style="color:black;background:white">x</p><font color="#000000">y</font>', True),
        (OUTLOOK, True),
        ('<p style="color:#c00">x</p>', False),
        ("<style>p{background-color:#eee}</style><p>x</p>", False),
        ('<table bgcolor="#0b5a82"><tr><td><font color="white">x</font></td></tr></table>', False),
    ],
    ids=["none", "black on white", "Outlook", "red", "grey", "white on blue"],
)
def test_what_has_no_colours_of_its_own_is_dark_in_the_dark(
    html: str, dark: bool, shown: Gallery, browser: Browser
) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 800, "height": 800})
    page = context.new_page()
    frame = opened(shown, page, mail(body="x", html=html))
    ground = frame.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    text = frame.evaluate("getComputedStyle(document.querySelector('.zegel-mail')).color")
    assert (brightness(ground) < 200) is dark
    assert (brightness(text) > 500) is dark
    context.close()


@pytest.mark.parametrize("name", ["plain", "html", "wide"])
def test_letters_grow_with_the_readers(name: str, shown: Gallery, browser: Browser, tmp_path: Path) -> None:
    """With 32 px in the settings of the browser instead of 16."""
    settings = tmp_path / "Default" / "Preferences"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"webkit": {"webprefs": {"default_font_size": 32}}}))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=[*QUIET], viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    frame = opened(shown, page, FIRST[name])
    size = frame.evaluate("getComputedStyle(document.querySelector('.zegel-mail p, body > p')).fontSize")
    assert float(size.removesuffix("px")) >= 28
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_text("Details").click()
    narrow = page.evaluate("Math.min(...[...document.querySelectorAll('.facts dd')].map((each) => each.clientWidth))")
    assert narrow >= 150, "no column of letters"
    context.close()


def test_a_page_whose_letters_are_enlarged_takes_the_frame_along(shown: Gallery, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    opened(shown, page, FIRST["plain"])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.set_viewport_size({"width": 361, "height": 740})
    page.wait_for_timeout(300)
    frame = page.locator("iframe.body").element_handle().content_frame()
    assert frame
    assert frame.evaluate("getComputedStyle(document.body).fontSize") == "32px"
    page.close()


def test_the_menu_opens_without_covering_anything(shown: Gallery, phone: Page) -> None:
    opened(shown, phone, FIRST["plain"])
    way_out, title = phone.get_by_role("button", name="Uitloggen"), phone.locator("h1")
    assert way_out.is_hidden()
    phone.get_by_text("Menu", exact=True).click()
    button, heading = way_out.bounding_box(), title.bounding_box()
    assert button
    assert heading
    assert button["y"] + button["height"] <= heading["y"]
    phone.get_by_text("Menu", exact=True).click()
    assert way_out.is_hidden()


def test_the_files_are_one_press_from_the_top(shown: Gallery, phone: Page) -> None:
    opened(shown, phone, FIRST["files"])
    phone.get_by_role("link", name="6 bestanden").click()
    assert phone.url.endswith("#files")
    assert phone.get_by_role("heading", name="6 bestanden").is_visible()


def test_the_answer_comes_after_the_text(shown: Gallery, phone: Page) -> None:
    opened(shown, phone, mail(body=WORDS * 200))
    frame, answer = phone.locator("iframe.body").bounding_box(), phone.get_by_role("link", name="Beantwoorden")
    place = answer.bounding_box()
    assert frame
    assert place
    assert place["y"] >= frame["y"] + frame["height"]
