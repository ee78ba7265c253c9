"""Signing in to the console at a real provider, in Chromium: an officer, a stranger, a change, and out again."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.place import free_ports
from tests.e2e.console_scenes import looked_at
from tests.e2e.real_provider import CLIENT, SECRET, real_provider
from tests.unit.console.console_client import OFFICER
from tests.unit.console.console_process import Served, serve
from zegel.vault.tables.console_schema import ConsoleSession

pytestmark = pytest.mark.slow
OVERVIEW = "The last 30 days"
BUTTON = "Sign in with Clinic account"


@dataclass(frozen=True)
class House:
    console: Served
    issuer: str
    provider: subprocess.Popen[str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The console at localhost, the provider at 127.0.0.1: for a browser, another site."""
    folder = tmp_path_factory.mktemp("sign-on")
    [port] = free_ports(1)
    secret = folder / "sign-on.secret"
    secret.write_text(SECRET)
    secret.chmod(0o640)
    with real_provider(f"http://localhost:{port}", folder) as (issuer, provider):
        sign_on = f"{{issuer: '{issuer}', client: {CLIENT}, secret_file: sign-on.secret, name: Clinic account"
        with serve(folder, port, f"{sign_on}, changes: provider, acr: [twice]}}") as console:
            yield House(console, issuer, provider)


def at_the_provider(page: Page, account: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    page.get_by_label("Account").fill(account)
    page.get_by_label("Account").press("Enter")


def test_an_officer_signs_in_changes_something_and_signs_out(browser: Browser, house: House) -> None:
    console, context = house.console, browser.new_context(locale="en-GB")
    page = context.new_page()
    referers: list[str] = []
    page.on("request", lambda request: referers.append(request.headers.get("referer", "")))

    page.goto(f"{console.url}/passkeys")
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
    assert page.get_by_label("Your e-mail address").count() == 0
    looked_at(page, "sign-on")
    page.get_by_role("button", name=BUTTON).press("Enter")
    at_the_provider(page, OFFICER)
    expect(page).to_have_url(f"{console.url}/passkeys")
    cookies = {each["name"]: each for each in context.cookies(console.url)}
    assert cookies["zegel-console"]["sameSite"] == "Strict" and "zegel-console-sign-on" not in cookies
    page.go_back()
    assert "code=" not in page.url, "nothing is left in the history that was brought back"

    # Nor does a link on another site, as in webmail, sign them out.
    page.goto(f"{house.issuer}/.well-known/openid-configuration")
    page.evaluate("where => { location.href = where }", f"{console.url}/passkeys")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your passkeys")

    # A quarter of an hour later a change takes the provider, which asks once more and says when it did.
    database = console.built.core.vault.store.database
    ConsoleSession.update(strong_at=0).execute(database)
    page.goto(f"{console.url}/confirm?to=/audit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Show who you are")
    looked_at(page, "sign-on-confirm")
    page.get_by_role("button", name="Go to Clinic account").click()
    at_the_provider(page, OFFICER)
    expect(page).to_have_url(f"{console.url}/audit")
    [strong] = [row[0] for row in ConsoleSession.select(ConsoleSession.strong_at).tuples().execute(database)]
    assert strong > 0

    page.goto(f"{console.url}/confirm?to=/audit")
    page.get_by_role("button", name="Go to Clinic account").click()
    at_the_provider(page, "ict@kliniek.example")
    expect(page.get_by_role("alert")).to_contain_text("you signed in as somebody else")

    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    page.goto(f"{console.url}/audit")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who are you?")
    assert not [each for each in referers if re.search("code=|state=", each)]
    context.close()


def test_a_stranger_without_scripts_is_told_why_not(browser: Browser, house: House) -> None:
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    for account, words in (
        ("jan@kliniek.example", "may not use this console"),
        ("unverified@kliniek.example", "does not say for sure which e-mail address is yours"),
        ("", "it was cancelled there"),
    ):
        context.clear_cookies()
        page.goto(f"{house.console.url}/messages")
        page.get_by_role("button", name=BUTTON).click()
        if account:
            at_the_provider(page, account)
        else:
            page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("alert")).to_contain_text(words)
        assert page.url.startswith(f"{house.console.url}/sign-in?s=sign-on-") and page.url.endswith("&to=%2Fmessages")
    context.close()


def test_without_the_provider_nobody_gets_in_and_the_page_says_so(browser: Browser, house: House) -> None:
    """The last test of this file: the provider is gone after it."""
    house.provider.kill()
    house.provider.wait()
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(house.console.url)
    page.get_by_role("button", name=BUTTON).click()
    # What it said of itself is still known: the browser finds nobody there, whenever it gives up.
    page = context.new_page()
    page.goto(f"{house.console.url}/sign-in?s=sign-on-away")
    looked_at(page, "sign-on-away")
    expect(page.get_by_role("alert")).to_contain_text("Clinic account cannot be reached now")
    context.close()
    log = house.console.log.read_text()
    assert "not named in console.officers" in log
    assert not re.search(r"code=|state=|eyJ|@kliniek", log) and SECRET not in log
