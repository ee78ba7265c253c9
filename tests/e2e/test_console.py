"""An officer's walk through the console in Chromium: sign in, make a passkey, look, find a message, withdraw it."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.place import free_ports
from demo.stack import CHECKOUT
from tests.e2e.test_pages import found_by_axe
from tests.e2e.test_smuggling import FORM, REFUSED, SECOND, fields, statuses
from tests.support.cast import OTHER, RECIPIENT
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER
from tests.unit.console.console_process import Served, serve
from zegel.cli.checks import processes
from zegel.officers.passkeys import OfficerPasskeys
from zegel.officers.sign_in import SignIn
from zegel.vault.audit_export import check, public_key

pytestmark = pytest.mark.slow
PICTURES = os.environ.get("ZEGEL_CONSOLE_PICTURES", "")
"""A folder for a picture of each page, wide, narrow and at night."""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("console")
    shutil.copy(CHECKOUT / "rules.yaml", folder / "rules.yaml")
    with serve(folder) as served:
        built, now = served.built, time.time()
        for day in range(25, -1, -1):
            built.clock.now = now - day * 86_400 - 60
            for number in range(1 + day * 7 % 5):
                built.seal(f"p{number}@post.example", level=1 + (number == 2))
        built.clock.now = now - 30
        built.seal(RECIPIENT, OTHER)
        yield served


seen: list[str] = []
"""The pages that were looked at."""


def looked_at(page: Page, name: str) -> None:
    """No finding of axe, nothing wider than a telephone: one page by day, the next one at night.

    With PICTURES each page in each way.
    """
    seen.append(name)
    ways = (("light", 1100), ("dark", 360), ("dark", 1100), ("light", 360))
    for scheme, width in ways if PICTURES else (ways[len(seen) % 2],):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        # axe cannot judge the contrast of words in a drawing; theirs is that of all soft text.
        found = [each for each in found_by_axe(page) if "'text[" not in each]
        assert found == [], f"{name} {scheme} {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1100, "height": 800})


def sign_in(page: Page, console: Served, address: str) -> None:
    page.goto(f"{console.url}/sign-in")
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_label("Your e-mail address").press("Enter")
    page.get_by_label("Password from the e-mail").fill(console.password(address))
    page.get_by_label("Password from the e-mail").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The last 30 days")


def page_with_passkeys(browser: Browser) -> Page:
    """A browser of its own, on a device that has no passkey yet."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_the_walk_of_an_officer(browser: Browser, console: Served) -> None:
    page = page_with_passkeys(browser)
    page.goto(console.url)
    looked_at(page, "sign-in")
    sign_in(page, console, OFFICER)
    looked_at(page, "overview")
    page.get_by_text("The numbers, day by day").first.click()
    looked_at(page, "overview-open")
    page.get_by_role("link", name="Messages").click()
    page.get_by_label("Recipient").fill("JAN@")
    page.get_by_label("Recipient").press("Enter")
    looked_at(page, "messages")
    page.locator(".found a").first.click()
    page.get_by_role("link", name="Show your passkey to do something").click()
    looked_at(page, "confirm")
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status").get_by_text("Your passkey is ready")).to_be_visible()
    looked_at(page, "passkeys")
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with your passkey").click()
    page.get_by_role("link", name="Messages").click()
    page.locator(".found a").first.click()
    page.get_by_text("For all recipients").click()
    looked_at(page, "story")
    page.locator("#recall-all").fill("The sender asked us")
    page.locator("#recall-all").press("Enter")
    expect(page.get_by_role("status").get_by_text("Done. It is in the audit log")).to_be_visible()
    expect(page.get_by_text("Reason: The sender asked us").first).to_be_visible()
    page.get_by_role("link", name="Rules", exact=True).click()
    looked_at(page, "rules")
    page.get_by_role("link", name="Try a message").click()
    page.get_by_label("Or its text, pasted").fill("Subject: uitslag\n\nHet BSN van Jan is 111222333.")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="It would be protected")).to_be_visible()
    looked_at(page, "try")
    page.get_by_role("link", name="All rules").click()
    page.get_by_role("link", name="Change the rules").click()
    page.get_by_label("What", exact=True).select_option("domain")
    page.get_by_label("Word, level, address or domain").fill("partner.example")
    page.get_by_role("button", name="Look what would change").click()
    expect(page.locator(".changes")).to_contain_text("partner.example")
    looked_at(page, "edit")
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_role("heading", name="What they would have done")).to_be_visible()
    looked_at(page, "replay")
    page.get_by_label("Why?").fill("They have a proven connection")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved. The milter takes it")).to_be_visible()
    page.get_by_role("link", name="Earlier versions").click()
    looked_at(page, "versions")
    page.locator(".events a").nth(1).click()
    looked_at(page, "version")
    page.get_by_label("Why?").fill("Not yet")
    page.get_by_role("button", name="Bring these rules back").click()
    expect(page.get_by_role("status").get_by_text("Saved. The milter takes it")).to_be_visible()
    page.context.close()


def test_everything_but_passkeys_works_without_a_script(browser: Browser, console: Served) -> None:
    context = browser.new_context(locale="nl-NL", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{console.url}/sign-in")
    page.locator("#address").fill(ADMINISTRATOR)
    page.locator("#address").press("Enter")
    page.locator("#password").fill(console.password(ADMINISTRATOR))
    page.locator("#password").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("De laatste 30 dagen")
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
    context.close()


def test_a_request_that_can_be_read_in_two_ways_is_refused(console: Served) -> None:
    host = console.url.removeprefix("http://").encode()
    for name, request in REFUSED.items():
        answer = console.raw(request.replace(b"HOST", host) + SECOND)
        assert [*statuses(answer), 0][0] in (400, 431, 501) and len(statuses(answer)) == 1, name
        assert b"Content-Security-Policy: default-src 'none'" in answer and b"\r\nServer:" not in answer, name
    large = fields(b"POST /sign-in HTTP/1.1", b"Host: " + host, FORM, b"Content-Length: 200000") + b"x" * 200_000
    assert statuses(console.raw(large + fields(b"GET /health HTTP/1.1", b"Host: x", b"Connection: close")))[0] == 413


def test_zegel_check_knows_the_process(console: Served) -> None:
    settings = console.built.core.settings.console
    assert [state for state, _ in processes.console(settings)] == ["ok"]
    elsewhere = settings.model_copy(update={"port": free_ports(1)[0]})
    [(state, said)] = processes.console(elsewhere)
    assert state == "warning" and "start zegel-console" in said
    assert list(processes.console(elsewhere.model_copy(update={"officers": (), "administrators": ()}))) == []


def test_what_an_officer_looks_up_and_takes_along(browser: Browser, console: Served) -> None:
    """By keyboard where a mouse is of no use: the phone book, a person, the audit log."""
    core = console.built.core
    passkeys = OfficerPasskeys(core.settings, core.vault, SignIn(core.settings, core.vault, core.clock), core.clock)
    passkeys.forget(OFFICER, "administrator")
    console.built.clock.now = time.time()
    page = page_with_passkeys(browser)
    sign_in(page, console, OFFICER)
    page.get_by_role("link", name="Phone book").press("Enter")
    page.get_by_role("link", name="Show your passkey to do something").press("Enter")
    page.get_by_role("link", name="Make a passkey").press("Enter")
    page.get_by_role("button", name="Make a passkey").press("Enter")
    expect(page.get_by_role("status").get_by_text("Your passkey is ready")).to_be_visible()
    page.get_by_role("link", name="Phone book").press("Enter")
    page.get_by_label("Address of the recipient").fill("Eva@elders.example")
    page.get_by_label("Mobile number").fill("06 12 34 59 54")
    page.get_by_label("Mobile number").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The number is stored")
    expect(page.locator(".people")).to_contain_text("+3******954")
    looked_at(page, "phone-book")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.locator(".people")).to_contain_text("+31612345954")
    lines = [b"address,number", *(b"p%d@post.example,06%08d" % (n, 12340000 + n) for n in range(40)), b"nobody,06"]
    file = {"name": "numbers.csv", "mimeType": "text/csv", "buffer": b"\n".join(lines)}
    page.get_by_label("A CSV file").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Store all").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Line 42: This is not an e-mail address.")
    looked_at(page, "phone-book-wrong")
    page.get_by_label("A CSV file").set_input_files(file | {"buffer": b"\n".join(lines[:-1])})  # type: ignore[arg-type]
    page.get_by_role("button", name="Store all").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Numbers stored: 40.")
    page.get_by_role("link", name="People").press("Enter")
    looked_at(page, "people")
    page.get_by_label("Their whole address").fill("EVA@elders.example")
    page.get_by_label("Their whole address").press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("eva@elders.example")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").press("Enter")
    assert json.loads(download.value.path().read_bytes())["phone"]["number"] == "+31612345954"
    page.get_by_label("Why?").fill("They asked by letter")
    page.get_by_label("That is meant").press("Space")
    looked_at(page, "person")
    page.get_by_role("button", name="Erase this person").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("What need not stay about EVA@elders.example is erased")
    looked_at(page, "person-erased")
    page.get_by_role("link", name="SMS", exact=True).press("Enter")
    looked_at(page, "sms")
    page.get_by_role("link", name="Audit log").press("Enter")
    page.get_by_role("button", name="Check all of it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("nothing was changed or removed")
    looked_at(page, "audit-checked")
    page.get_by_role("link", name="Back to the events").press("Enter")
    page.get_by_label("Event").select_option("person erased")
    page.get_by_role("button", name="Search").press("Enter")
    expect(page.locator(".events")).to_contain_text("reason: They asked by letter")
    looked_at(page, "audit")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").press("Enter")
    assert check(download.value.path().read_bytes(), public_key(core.vault)).statement["by"] == OFFICER
    page.context.close()


def test_the_log_tells_nothing_of_anybody(console: Served) -> None:
    assert "@" not in console.log.read_text()
