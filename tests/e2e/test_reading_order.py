"""What a reader of screens says of a page, and in which order: the accessibility tree, kept as snapshots.

`UPDATE_TREES=1 pytest tests/e2e/test_reading_order.py` writes them anew; look at the difference before it is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page

from tests.e2e.gallery import SCENES, Gallery, gallery
from tests.e2e.reading_scenes import PAPER, of, scene
from tests.e2e.test_message_first import NEWSLETTER, OUTLOOK
from tests.e2e.test_pages import AXE, WCAG
from tests.unit.portal.test_files import mail

TREES = Path(__file__).parent / "trees"
BY_NAME = {each.name: each for each in SCENES}
KEPT = ("landing", "code-landing", "message", "conversation", "sent", "sent-many", "preview-table", "write")
FRAMED = {
    "plain": mail(body="Beste Jan,\n\n> Hoe gaat het?\n\nGoed. Zie https://kliniek.example/a.\n"),
    "html": mail(body="x", html="<p>De uitslag is <b>goed</b>. Zie <a href='https://x.example'>onze site</a>.</p>"),
    "Outlook": mail(body="x", html=OUTLOOK),
    "newsletter": mail(body="x", html=NEWSLETTER),
}


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", KEPT)
def test_the_order_is_as_it_was(name: str, shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME[name], page)
    tree = page.locator("body").aria_snapshot().replace(shown.url, "") + "\n"
    kept = TREES / f"{name}.yaml"
    if os.environ.get("UPDATE_TREES"):
        kept.write_text(tree, encoding="utf-8")
    assert tree == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("name", FRAMED)
def test_axe_finds_nothing_in_the_frame(name: str, dark: bool, shown: Gallery, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    shown.show(scene("x", of(FRAMED[name])), page)
    frame = page.locator("iframe.body").element_handle().content_frame()
    assert frame
    demand = [tag for tag in WCAG if tag != "best-practice"]  # landmarks are the page's
    assert found_in(frame, page, demand) == []


def test_axe_finds_nothing_on_paper(shown: Gallery, page: Page) -> None:
    shown.show(PAPER, page)
    assert found_in(page.main_frame, page, WCAG) == []


def found_in(frame: Frame, page: Page, demand: list[str]) -> list[str]:
    """What axe finds in a document in which no script may run, in a copy where one may."""
    content = frame.content()
    copy = page.context.new_page()
    copy.set_content(content)
    copy.evaluate(AXE)
    results = copy.evaluate("(tags) => axe.run({ runOnly: { type: 'tag', values: tags } })", demand)
    copy.close()
    return [f"{each['id']}: {[node['html'][:90] for node in each['nodes']]}" for each in results["violations"]]
