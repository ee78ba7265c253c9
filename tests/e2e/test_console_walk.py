"""An officer's walk through the console in Chromium: by mouse, by the keyboard alone, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.console_scenes import RELEASED, a_month_of_traffic, looked_at, page_with_passkeys, sign_in
from tests.support.cast import OTHER
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER
from tests.unit.console.console_process import Served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with a_month_of_traffic(tmp_path_factory.mktemp("console")) as served:
        yield served


@pytest.fixture(scope="module")
def officer(browser: Browser, console: Served) -> Iterator[Page]:
    """A browser with a passkey of the officer, who signed in by it."""
    page = page_with_passkeys(browser)
    page.goto(console.url)
    looked_at(page, "sign-in")
    sign_in(page, console, OFFICER)
    page.goto(f"{console.url}/confirm?to=/passkeys")
    looked_at(page, "confirm")
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status").get_by_text("Your passkey is ready")).to_be_visible()
    looked_at(page, "passkeys")
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with your passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The last 30 days")
    yield page
    page.context.close()


def test_the_walk_of_an_officer(officer: Page, console: Served) -> None:
    page = officer
    page.goto(console.url)
    looked_at(page, "overview")
    page.get_by_text("The numbers, day by day").first.click()
    looked_at(page, "overview-open")
    page.get_by_role("link", name="Messages").click()
    page.get_by_label("Recipient").fill("JAN@")
    page.get_by_label("Recipient").press("Enter")
    looked_at(page, "messages")
    page.locator(".found a").first.click()
    page.get_by_text("For all recipients").click()
    looked_at(page, "story")
    page.locator("#recall-all").fill("The sender asked us")
    page.locator("#recall-all").press("Enter")
    expect(page.get_by_role("status").get_by_text("Done. It is in the audit log")).to_be_visible()
    expect(page.get_by_text("Reason: The sender asked us").first).to_be_visible()
    page.get_by_role("link", name="Citizen service number", exact=True).click()
    page.locator("#rule-bsn summary").click()
    expect(page.locator("#rule-bsn")).to_contain_text("with one of these close by:")
    looked_at(page, "rules")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("#rule-bsn")).to_contain_text("Nearly:")
    page.get_by_role("link", name="Try a message").click()
    page.get_by_label("Or its text, pasted").fill("Subject: uitslag\n\nHet BSN van Jan is 111222333.")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="It would be protected")).to_be_visible()
    looked_at(page, "try")
    page.get_by_role("link", name="All rules").click()
    page.get_by_role("link", name="Change the rules").click()
    page.get_by_label("What", exact=True).select_option("word")
    page.get_by_label("Rule", exact=True).fill("crime")
    page.get_by_label("Word, level, address or domain").fill("kornoelje")
    page.get_by_label("Word, level, address or domain").press("Enter")
    expect(page.locator(".changes")).to_contain_text("kornoelje")
    looked_at(page, "edit")
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_role("heading", name="What they would have done")).to_be_visible()
    looked_at(page, "replay")
    page.get_by_label("Why?").fill("A word of the new project")
    page.get_by_label("Why?").press("Enter")
    expect(page.get_by_role("status").get_by_text("Saved. The milter takes it")).to_be_visible()
    page.get_by_role("link", name="Earlier versions").click()
    looked_at(page, "versions")
    page.locator(".events a").nth(1).click()
    looked_at(page, "version")
    page.get_by_label("Why?").fill("Not yet")
    page.get_by_role("button", name="Bring these rules back").click()
    expect(page.get_by_role("status").get_by_text("Saved. The milter takes it")).to_be_visible()
    page.get_by_role("link", name="Change the rules").click()
    page.get_by_label("What", exact=True).select_option("recipient")
    page.get_by_label("Rule", exact=True).fill("bsn")
    page.get_by_label("Word, level, address or domain").fill("gmail.com")
    page.get_by_label("Word, level, address or domain").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("lets everything to gmail.com pass rule bsn")
    looked_at(page, "much-less")


FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  if (one === document.body) return null;
  const label = one.labels && one.labels[0] ? one.labels[0].innerText : one.innerText || one.getAttribute("aria-label");
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.height > 0
    && box.bottom > 0 && box.top < innerHeight;
  return [(label || "").trim().split("\\n")[0], one.id || one.getAttribute("href") || one.tagName, seen];
}"""
"""What is focused, and whether a person sees that it is."""


def tab_to(page: Page, name: str = "", *, leads_to: str = "") -> None:
    """Goes on by the Tab key alone until the focus is on what is called so; it is seen wherever it passes."""
    for _ in range(200):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None:  # behind the last thing of a page the browser's own begin
            continue
        assert found[2], f"{found} at {page.url}: nobody sees where the focus is"
        if found[0] == name or (leads_to and leads_to in found[1]):
            return
    raise AssertionError(f"Tab never comes to {name}{leads_to} at {page.url}")


def press(page: Page, name: str, key: str = "Enter") -> None:
    """Goes to a link or button and on to the page behind it."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press(key)


def test_the_same_walk_by_the_keyboard_alone(officer: Page, console: Served) -> None:
    page = officer
    page.goto(console.url)
    tab_to(page, "Menu")
    page.keyboard.press("Space")
    press(page, "Sign out", "Space")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in to the console")
    press(page, "Sign in with your passkey", "Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("The last 30 days")
    press(page, "Messages")
    tab_to(page, "Recipient")
    page.keyboard.type("eva@")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    tab_to(page, leads_to="/messages/")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Message of")
    press(page, "Citizen service number")
    expect(page).to_have_url(f"{console.url}/rules#rule-bsn")
    tab_to(page, "Looks for: a citizen service number (BSN), a word of the list “called-bsn”")
    page.keyboard.press("Space")
    expect(page.locator("#rule-bsn .tree")).to_be_visible()
    page.goto(f"{console.url}/rules")
    press(page, "Try a message")
    tab_to(page, "Or its text, pasted")
    page.keyboard.type("Subject: uitslag\n\nHet BSN van Jan is 111222333.")
    press(page, "Try it")
    expect(page.get_by_role("heading", name="It would be protected")).to_be_visible()
    press(page, "All rules")
    press(page, "Change the rules")
    expect(page.get_by_role("heading", level=1)).to_have_text("Change the rules")
    tab_to(page, "What")
    page.keyboard.type("Add")
    tab_to(page, "Rule")
    page.keyboard.type("crime")
    tab_to(page, "Word, level, address or domain")
    page.keyboard.type("meidoorn")
    press(page, "Look what would change", "Space")
    expect(page.locator(".changes")).to_contain_text("meidoorn")
    tab_to(page, "The whole file")  # and out of it again: Tab is no letter there
    press(page, "Look", "Space")
    expect(page.get_by_role("heading", name="What they would have done")).to_be_visible()
    tab_to(page, "Why?")
    page.keyboard.type("A word of the new project")
    press(page, "Save", "Space")
    expect(page.get_by_role("status").get_by_text("Saved. The milter takes it")).to_be_visible()
    press(page, "Earlier versions")
    expect(page.get_by_role("heading", level=1)).to_have_text("Earlier versions")
    for _ in range(2):  # the newest, and the one before
        tab_to(page, leads_to="/rules/history/")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Why?")
    page.keyboard.type("Not yet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Saved. The milter takes it")).to_be_visible()


def test_an_officer_releases_a_false_alarm_by_the_keyboard_alone(officer: Page, console: Served) -> None:
    """To one recipient, for a reason; the other recipient's stays protected."""
    page = officer
    page.goto(f"{console.url}/confirm?to=/rules")
    press(page, "Use your passkey", "Space")
    expect(page.locator("#rule-bsn")).to_contain_text("An officer may have a false alarm sent as an ordinary e-mail.")
    page.goto(f"{console.url}/messages?recipient={RELEASED}")
    tab_to(page, leads_to="/messages/")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    number = int(page.url.rpartition("/")[2])
    found = console.built.core.vault.store.deliveries.of_message(number)
    one = next(each for each in found if each.recipient == RELEASED)
    tab_to(page, "Do something")  # for the first of the two, who is the one
    page.keyboard.press("Space")
    looked_at(page, "release")
    tab_to(page, leads_to=f"release-{one.id}")
    expect(page.get_by_text("Once it has left, nobody can take it back").nth(1)).to_be_visible()
    page.keyboard.type("The number is made up")
    press(page, "Send as an ordinary e-mail", "Space")
    expect(page.get_by_role("status").get_by_text("Done. It is in the audit log")).to_be_visible()
    expect(page.get_by_text("Reason: The number is made up")).to_be_visible()
    looked_at(page, "released")
    found = console.built.core.vault.store.deliveries.of_message(number)
    assert {each.recipient: each.state == "clearing" for each in found} == {RELEASED: True, OTHER: False}


def test_without_a_script_everything_is_seen_and_tried_and_nothing_changed(browser: Browser, console: Served) -> None:
    context = browser.new_context(locale="nl-NL", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(60_000)

    def come_in(address: str) -> None:
        page.goto(f"{console.url}/sign-in")
        page.locator("#address").fill(address)
        page.locator("#address").press("Enter")
        page.locator("#password").fill(console.password(address))
        page.locator("#password").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("De laatste 30 dagen")

    come_in(ADMINISTRATOR)
    page.get_by_role("link", name="Postvak uit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Postvak uit")
    page.get_by_role("link", name="Sms", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sms")
    page.get_by_role("link", name="Auditlog").click()
    page.get_by_role("button", name="Controleer alles").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("niets veranderd of verwijderd")
    for path in ("messages", "phones", "people"):
        assert page.goto(f"{console.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Dit is niet voor u")
    context.clear_cookies()
    come_in(OFFICER)
    page.get_by_role("link", name="Berichten").click()
    page.locator(".found a").first.click()
    page.get_by_role("link", name="Burgerservicenummer", exact=True).click()
    page.locator("#rule-bsn summary").click()
    expect(page.locator("#rule-bsn .tree")).to_contain_text("met een van deze vlakbij:")
    page.goto(f"{console.url}/try")
    page.locator("#text").fill("Subject: uitslag\n\nHet BSN van Jan is 111222333.")
    page.locator("form[action='/try'] button").click()
    expect(page.locator("#result")).to_contain_text("beveiligd")
    before = (console.built.folder / "rules.yaml").read_text()
    page.goto(f"{console.url}/rules/edit")
    page.locator("#change").select_option("word")
    page.locator("#rule").fill("crime")
    page.locator("#value").fill("lijsterbes")
    page.locator("#value").press("Enter")
    expect(page.locator(".changes")).to_contain_text("lijsterbes")
    expect(page.locator("button[formaction='/rules/save']")).to_have_count(0)
    page.locator("a[href='/confirm?to=/rules/edit']").last.click()
    expect(page.locator("[data-without-passkey]").last).to_be_visible()
    assert (console.built.folder / "rules.yaml").read_text() == before
    context.close()
