"""Every page of the portal in a real browser: axe, a small phone, a finger, the keyboard, no script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect

from tests.e2e.gallery import SCENES, Gallery, gallery
from tests.e2e.world import M, Scene, code_is, open_at_1
from tests.support.fakes.codes import CODE

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""WCAG 2.2 AA is the demand; axe's good practices come with it."""
EVERY = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
BY_NAME = {scene.name: scene for scene in SCENES}


@pytest.fixture(scope="module")
def shown() -> Iterator[Gallery]:
    with gallery() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A browser that speaks English."""
    context = browser.new_context(locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Iterator[Page]:
    """A browser without JavaScript."""
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    yield context.new_page()
    context.close()


def found_by_axe(page: Page, *rules: str) -> list[str]:
    """What axe finds: the rule, and where; also contrasts that it cannot judge."""
    only: dict[str, Any] = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": WCAG}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    results = page.evaluate("(options) => axe.run(options)", {"runOnly": only})
    unsure = [each for each in results["incomplete"] if each["id"] == "color-contrast"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in results["violations"] + unsure]


@dataclass(frozen=True)
class Visited:
    """A scene that was just brought up, and what the browser's console said meanwhile."""

    page: Page
    said: list[str]


@pytest.fixture(scope="module", params=SCENES, ids=lambda scene: scene.name)
def visited(request: pytest.FixtureRequest, shown: Gallery, page: Page) -> Visited:
    """One load for the tests that only look."""
    said: list[str] = []

    def hear(what: ConsoleMessage | Error) -> None:
        said.append(what.text if isinstance(what, ConsoleMessage) else what.message)

    page.set_viewport_size({"width": 1280, "height": 900})
    page.on("console", hear)
    page.on("pageerror", hear)
    try:
        shown.show(request.param, page)
    finally:
        page.remove_listener("console", hear)
        page.remove_listener("pageerror", hear)
    return Visited(page, said)


@pytest.mark.xdist_group("axe")
def test_the_console_of_a_page_is_empty(visited: Visited) -> None:
    """No feature that the browser does not know, no style or script that a policy stops, no error of ours."""
    answers = ("the server responded with a status of 4", "the server responded with a status of 5")
    assert [each for each in visited.said if not any(answer in each for answer in answers)] == []


def test_axe_is_awake(shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME["landing"], page)
    page.evaluate(
        """() => { const card = document.querySelector(".card"); card.innerHTML = "<input><p>pale</p>";
        card.querySelector("p").style.color = "#aaa"; }"""
    )
    assert {"label", "color-contrast"} <= {each.partition(":")[0] for each in found_by_axe(page)}


@pytest.mark.xdist_group("axe")
def test_axe_finds_nothing_by_day_and_by_night(visited: Visited) -> None:
    page = visited.page
    assert found_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    try:
        assert found_by_axe(page, "color-contrast") == []
    finally:
        page.emulate_media(color_scheme="light")


WEIGHT = """() => [performance.getEntriesByType("navigation")[0], ...performance.getEntriesByType("resource")]
  .filter((each) => each.entryType == "navigation" || ["link", "script"].includes(each.initiatorType))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""
ITS_OWN_WORDS = "reply-long"
"""The page that shows again what somebody typed, a hundred thousand letters of it."""


@pytest.mark.xdist_group("axe")
def test_a_page_with_its_styles_and_scripts_weighs_less_than_45_kb(
    visited: Visited, request: pytest.FixtureRequest
) -> None:
    weight = visited.page.evaluate(WEIGHT)
    assert weight > 2_000 and (weight < 45_000 or ITS_OWN_WORDS in request.node.name)


@EVERY
def test_a_small_phone_shows_all_of_it_and_a_finger_hits_it(scene: Scene, shown: Gallery, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    shown.show(scene, page)
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    targets = "button, .button, input:not([type=hidden]), select, summary, .links a, .back a, footer a"
    small = page.evaluate(
        """(targets) => [...document.querySelectorAll(targets)].filter((each) => each.checkVisibility())
        .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 44)
        .map(([html, box]) => `${html} ${box.width}x${box.height}`)""",
        targets,
    )
    assert small == []


@pytest.mark.parametrize(
    "name",
    ["landing", "landing-remembered", "message", "reply", "conversation", "code-landing", "code-sent", "not-for-me",
     "not-asked", "device", "sent", "sent-recall", "sent-not-for-me", "write", "write-password", "write-message"],
)  # fmt: skip
def test_the_keyboard_reaches_everything_and_shows_where_it_is(name: str, shown: Gallery, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    shown.show(BY_NAME[name], page)
    things = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary, iframe"
    wanted = page.evaluate(
        f"[...document.querySelectorAll('{things}')].filter((each) => each.checkVisibility()).length"
    )
    reached, seen = set(), True
    page.locator("body").press("Tab")
    for _ in range(wanted + 5):
        where = page.evaluate(
            """() => { const at = document.activeElement; at.dataset.at ??= String(Math.random());
            return [at.dataset.at, at.tagName === "BODY" || at.tagName === "IFRAME" ||
            getComputedStyle(at).outlineStyle !== "none"]; }"""
        )
        reached.add(where[0])
        seen = seen and where[1]
        page.keyboard.press("Tab")
    assert seen, "something has the focus and does not show it"
    assert len(reached) >= wanted


def test_the_way_in_with_a_code_by_keyboard_alone(shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME["code-landing"], page)

    def tab_to(words: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if words in str(page.evaluate("document.activeElement.textContent + document.activeElement.id")):
                return
        raise AssertionError(f"no way to {words}")

    tab_to("Send my code")
    page.keyboard.press("Enter")
    page.wait_for_url("**/enter?s=sent*")
    tab_to("code")
    page.keyboard.type("123 456")
    page.keyboard.press("Enter")
    page.wait_for_url("**/message")


@pytest.mark.xdist_group("without-script")
@EVERY
def test_no_page_needs_a_script(scene: Scene, shown: Gallery, bare: Page) -> None:
    if scene.name == "old-form":
        pytest.skip("losing cookies needs no script")
    shown.show(scene, bare)
    assert bare.locator("h1").count() == 1
    assert bare.locator("[hidden]:visible").count() == 0


def test_without_a_script_the_code_and_the_number_work(shown: Gallery, bare: Page) -> None:
    shown.show(BY_NAME["code-waiting"], bare)
    expect(bare.get_by_text("You can have it sent again in 30 seconds.")).to_be_visible()
    bare.locator("#code").fill(CODE)
    bare.get_by_role("button", name="Open the message").click()
    expect(bare).to_have_url(re.compile("/message$"))
    shown.show(BY_NAME["sent-gone"], bare)
    expect(bare.get_by_text("The message has gone to eva@elders.example.")).to_be_visible()


def test_the_button_to_send_again_counts_down(shown: Gallery, page: Page) -> None:
    shown.show(BY_NAME["code-waiting"], page)
    again = page.get_by_role("button", name="Send the code again")
    assert again.is_disabled()
    assert re.search(r"in \d+ seconds", again.text_content() or "")
    assert page.get_by_text("You can have it sent again in").is_hidden()


def test_the_page_follows_the_sms_while_somebody_types(shown: Gallery, page: Page) -> None:
    world = shown.show(Scene("x", f"{M}/enter", 2, so=code_is("waiting")), page)
    page.locator("#code").fill("123")
    code_is("delivered")(world)
    page.get_by_text("has arrived at").wait_for()
    assert page.locator("#code").input_value() == "123"
    assert world.codes.calls == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("06 12 34 59 54", "+31 6 12345954"),
        ("+31 6 12345954", "+31 6 12345954"),
        ("0031612345954", "+31 6 12345954"),
        ("+31 (0)6-12345954", "+31 6 12345954"),
        ("061234595", "This number is too short. A digit may be missing."),
        ("061234595400", "This number is too long. There may be a digit too many."),
        ("zes", "A number has digits only. Leave out names and other words."),
        ("020 5550123", "This is not a mobile number. The code goes by SMS, to a mobile phone only."),
        ("", "For example 06 12345678, or in full with + in front."),
        ("+32 470 12 34 56", "+32 470 12 34 56"),
    ],
)
def test_a_gentle_word_while_a_number_is_typed(shown: Gallery, page: Page, typed: str, said: str) -> None:
    shown.show(BY_NAME["sent"], page)
    field = page.locator("#number-12")
    field.press_sequentially(typed or "0")
    if not typed:
        field.fill("")
    field.press("Tab")
    expect(page.locator("#hint-12")).to_have_text(said)
    assert page.locator("#region-12").input_value() == ("BE" if typed.startswith("+32") else "NL")


def test_two_presses_of_a_button_send_one_form(shown: Gallery, page: Page) -> None:
    world = shown.show(BY_NAME["sent"], page)
    page.evaluate(
        """() => { const form = document.querySelector('form[action$="/false-alarm"]');
        form.sure.checked = true;
        form.querySelector("button").click(); form.querySelector("button").click(); }"""
    )
    page.wait_for_url("**s=alarm")
    assert world.sender.calls == ["false alarm"]


def test_after_the_back_button_a_page_is_asked_for_anew(shown: Gallery, page: Page) -> None:
    shown.show(Scene("x", f"{M}/enter", then=open_at_1()), page)
    page.go_back()
    page.wait_for_url("**/message")
    shown.show(BY_NAME["sent-gone"], page)
    page.go_back()  # to a page that asked, and not to the answer to a form, which a browser does not show again
    expect(page.locator("h1")).to_have_text("Is this number right?")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Uitslag van het onderzoek")  # nothing is missing any more


def test_a_note_that_is_there_at_once_is_said_aloud_and_stands_once(shown: Gallery, page: Page) -> None:
    """What a live region holds when a page opens is no change, so most readers of screens do not say it."""
    shown.show(BY_NAME["sent-again"], page)
    voice = page.locator("main > [aria-live=polite]")
    expect(voice).to_have_text("We send the e-mail with the link once more.")
    expect(page.get_by_role("status")).to_have_count(1)
    expect(voice).to_have_count(0, timeout=30_000)
