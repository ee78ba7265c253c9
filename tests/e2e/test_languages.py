"""Every page in German, and every mail in every language, on a phone and without a word of English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.gallery import SCENES, Gallery, gallery
from tests.e2e.mail_scenes import MAILS, seen
from tests.e2e.world import Scene
from tests.unit.i18n.test_catalogues import FOLDERS
from zegel.i18n.catalogues import translations
from zegel.i18n.languages import LANGUAGES

WIDTH = 360
TOO_WIDE = """() => {
    const scrolls = (each) => each &&
        (/auto|scroll/.test(getComputedStyle(each).overflowX) || scrolls(each.parentElement));
    const wide = (each) => each.getBoundingClientRect().right > innerWidth + 1;
    return [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility() && wide(each))
        .filter((each) => !scrolls(each)).map((each) => each.outerHTML.slice(0, 120));
}"""
"""What stands out of the window and cannot be scrolled to."""


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    """It speaks German, which has the longest words."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 640}, locale="de")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery(LANGUAGES) as opened:
        yield opened


def english_left(text: str, language: str) -> list[str]:
    """The texts of the catalogues that stand in `text` although `language` has other words for them."""
    flat = " ".join(text.split())
    left = []
    for folder in FOLDERS.values():
        catalogue = translations(folder, language)
        known = getattr(catalogue, "_catalog", {})
        for said in known:
            english = said if isinstance(said, str) else said[0]
            if len(english) > 14 and "%(" not in english and known[said] != english and english in flat:
                left.append(english)
    return left


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_page_fits_and_speaks_one_language(scene: Scene, shown: Gallery, phone: Page) -> None:
    shown.show(scene, phone)
    assert phone.evaluate("document.documentElement.lang") == "de"
    for summary in phone.locator("summary").all():
        summary.click()
    assert phone.evaluate("document.documentElement.scrollWidth") <= WIDTH
    assert phone.evaluate(TOO_WIDE) == []
    assert english_left(phone.locator("body").inner_text(), "de") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_fits_and_speaks_one_language(name: str, language: str, phone: Page) -> None:
    read = seen(MAILS[name](language))
    phone.goto("about:blank")  # a page of the portal would forbid the styles of a mail
    phone.set_content(read.page)
    assert phone.evaluate("document.documentElement.scrollWidth") <= WIDTH
    assert phone.evaluate(TOO_WIDE) == []
    assert english_left(f"{read.subject} {read.text}", language) == []


def test_english_that_is_left_would_be_seen() -> None:
    assert english_left("Guten Tag. Press this: Send a new password", "de") == ["Send a new password"]
    assert re.search("[äöü]", translations(FOLDERS["portal"], "de").gettext("Open the message"))
