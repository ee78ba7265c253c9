"""Every mail on the smallest screen, by day and by night, and its place in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.mail_scenes import LONG, MAILS, seen
from tests.e2e.pictures import IN_DOCS_TOO, SHOWN_IN
from tests.unit.notices.notice_cast import RECIPIENT
from zegel.i18n.languages import LANGUAGES

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 60_000


@pytest.fixture(scope="module", params=["light", "dark"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone as small as they are, by day and by night."""
    context = browser.new_context(viewport={"width": 320, "height": 600}, color_scheme=request.param)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_fits_the_smallest_phone(name: str, language: str, phone: Page) -> None:
    phone.set_content(seen(MAILS[name](language)).page)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_the_text_of_a_mail_leads_where_the_page_leads(name: str, language: str) -> None:
    read = seen(MAILS[name](language))
    links = set(re.findall(r'href="(https://veilig[^"]+)"', read.page))
    assert links == {link for link in links if link in read.text}
    for address in (LONG, RECIPIENT):
        assert (address in read.text) == (address in read.page)


def test_every_mail_and_every_look_is_in_the_documentation_once() -> None:
    page = (DOCS / "mails.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"pictures/mails/([a-z0-9-]+)\.png", page)) == sorted(MAILS)
    shown = re.findall(r"pictures/mail-looks/([a-z0-9-]+)\.png", page)
    assert sorted(shown) == sorted(f"{SHOWN_IN}{end}" for end in IN_DOCS_TOO)


def test_the_pictures_are_there_and_small() -> None:
    for folder, names in (("mails", MAILS), ("mail-looks", [f"{SHOWN_IN}{end}" for end in IN_DOCS_TOO])):
        sizes = {path.stem: path.stat().st_size for path in (DOCS / "pictures" / folder).glob("*.png")}
        assert sorted(sizes) == sorted(names)
        assert max(sizes.values()) < MOST_BYTES
