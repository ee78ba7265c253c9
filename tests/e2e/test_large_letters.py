"""Letters twice as large on a phone: nothing is cut off and nothing moves sideways, folded in or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.gallery import SCENES, Gallery, gallery

BY_NAME = {each.name: each for each in SCENES}
LOOKED_AT = (
    "sent",
    "sent-asked-for",
    "sent-not-for-me",
    "write-from-wrong",
    "signed",
    "you-phrase-wrong",
    "code-elsewhere",
)
CUT = """() => {
  const cut = [], walk = document.createTreeWalker(document.querySelector("main"), 4), range = document.createRange();
  while (walk.nextNode()) {
    const text = walk.currentNode, around = text.parentElement.closest(".card, main").getBoundingClientRect();
    if (!text.data.trim() || text.parentElement.closest(".unseen, script, option")) continue;
    range.selectNodeContents(text);
    const beyond = (box) => box.width > 1 && box.right > around.right + 1;
    if ([...range.getClientRects()].some(beyond)) cut.push(text.data.trim());
  }
  return cut;
}"""


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery() as opened:
        yield opened


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="nl-NL", viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", LOOKED_AT)
def test_nothing_is_cut_off(name: str, shown: Gallery, phone: Page) -> None:
    shown.show(BY_NAME[name], phone)
    phone.evaluate("document.documentElement.style.fontSize = '200%'")
    phone.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    assert phone.evaluate(CUT) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


ICONS_ALONE = """() => [...document.querySelectorAll("main button, main .button")].flatMap((button) => {
  const icon = button.querySelector(":scope > .icon"), walk = document.createTreeWalker(button, 4);
  while (walk.nextNode() && !walk.currentNode.data.trim());
  if (!icon || !walk.currentNode?.data?.trim() || !icon.checkVisibility()) return [];
  const range = document.createRange();
  range.selectNodeContents(walk.currentNode);
  const first = range.getClientRects()[0];
  return first.left - icon.getBoundingClientRect().right > 24 ? [button.textContent.trim()] : [];
})"""


@pytest.mark.parametrize("name", ["sent-resumed", "expired", "everything", "conversation-trouble"])
def test_an_icon_stays_with_the_words_of_a_button_of_two_lines(name: str, shown: Gallery, phone: Page) -> None:
    shown.show(BY_NAME[name], phone)
    assert phone.evaluate(ICONS_ALONE) == []


@pytest.mark.parametrize(("name", "address"), [("landing", "deboer@kliniek"), ("sent-gone", "eva@elders")])
def test_an_address_is_broken_behind_its_at_sign(name: str, address: str, shown: Gallery, phone: Page) -> None:
    shown.show(BY_NAME[name], phone)
    before, _, after = address.partition("@")
    assert f"{before}@<wbr>{after}" in phone.locator("main").inner_html()


def test_names_of_files_are_no_column_of_letters(shown: Gallery, phone: Page) -> None:
    shown.show(BY_NAME["message"], phone)
    narrow = phone.locator(".files .about").first.evaluate("(about) => about.offsetWidth")
    phone.evaluate("document.documentElement.style.fontSize = '200%'")
    assert phone.locator(".files .about").first.evaluate("(about) => about.offsetWidth") >= narrow
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
