"""Passkeys with the real parts, a real browser, and an authenticator inside it (Chromium's, by its DevTools)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.maildir import Letter
from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.level2_scenes import Office, codes, give, link_of, open_with
from tests.e2e.post import BSN, Post, plain
from tests.e2e.recipient import PASSWORD, is_notification, is_password_mail, link_in

SECRET = "Hier is de uitslag die u verwacht."


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """A stack of our own, whose SMS become files."""
    options = Options(settings={"sms": {"gateway": "folder", "folder": "sms"}})
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as started:
        yield Post(started)


class Device:
    """A browser on a device that recognises its owner, until it is told not to."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(60_000)
        self._session = context.new_cdp_session(self.page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = {"authenticatorId": made["authenticatorId"]}

    def recognises(self, owner: bool) -> None:
        self._session.send("WebAuthn.setUserVerified", self._id | {"isUserVerified": owner})

    def keys(self) -> list[dict[str, Any]]:
        """What it keeps."""
        found: list[dict[str, Any]] = self._session.send("WebAuthn.getCredentials", self._id)["credentials"]
        return found


@pytest.fixture
def device(browser: Browser) -> Iterator[Device]:
    context = browser.new_context(locale="en-GB")
    yield Device(context)
    context.close()


def write(post: Post, to: str, subject: str) -> None:
    """A message at level 1."""
    post.send(plain(subject, f"{SECRET} BSN {BSN}", to=to), to)


def notification(post: Post, to: str, subject: str) -> Letter:
    return post.wait_for_mail(to, lambda each: is_notification(each) and subject in each.header("Subject"))


def link(post: Post, to: str, subject: str) -> str:
    return link_in(notification(post, to, subject))


def unlock(post: Post, page: Page, address: str, link: str) -> None:
    """The way in with a password from the mail."""
    page.goto(link)
    page.locator('main form[action$="/password"] button').click()
    letter = post.wait_for_mail(address, is_password_mail)
    found = PASSWORD.search(letter.body("plain"))
    assert found
    page.locator("#password").fill(found[0])
    page.locator('main form[action$="/enter"] button[type=submit]').click()
    page.wait_for_url("**/message")


def make(page: Page) -> None:
    """Makes a passkey from the message's page."""
    # By keyboard: a click right after scrolling may reach the frame that was there before.
    page.locator('main a[href$="/passkeys"]').press("Enter")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("Your passkey is ready")


def sign_out(page: Page) -> None:
    page.locator(".menu summary").click()
    page.locator('form[action$="/sign-out"] button').click()
    page.wait_for_url("**?s=out")


def open_with_passkey(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Open with your passkey").click()
    page.wait_for_url("**/message")
    expect(page.frame_locator("iframe.body").locator("body")).to_contain_text("uitslag")


def test_from_a_password_to_a_passkey_that_opens_the_next_message(post: Post, device: Device) -> None:
    jan, page = post.somebody("jan"), device.page
    write(post, jan, "Eerste bericht")
    unlock(post, page, jan, link(post, jan, "Eerste"))
    expect(page.get_by_role("button", name="No, thanks")).to_be_visible()
    make(page)
    (key,) = device.keys()
    assert key["rpId"] == "localhost" and key["isResidentCredential"] and jan not in str(key["userHandle"])
    told = post.wait_for_mail(jan, lambda each: "passkey" in each.header("Subject").lower())
    assert "Chrom" in told.body("plain") and "/passkeys" in told.body("plain")
    page.goto(page.url.replace("/passkeys?s=added", "/message"))
    expect(page.get_by_role("button", name="No, thanks")).to_have_count(0)
    sign_out(page)

    write(post, jan, "Tweede bericht")
    second = link(post, jan, "Tweede")
    before = len(post.letters(jan))
    for page_of_it in (second, f"{second}/enter"):
        open_with_passkey(page, page_of_it)
        sign_out(page)
    assert len(post.letters(jan)) == before, "nothing had to be sent"


def test_one_made_after_a_code_opens_both_levels(post: Post, device: Device) -> None:
    office, jan, page, number = Office(post), post.somebody("jan"), device.page, "+31612345941"
    office.write(jan, subject="Met code")
    other = device.page.context.browser
    assert other is not None
    anna = other.new_page()
    give(anna, office.page(), number)
    anna.close()
    high = link_of(post, jan)
    open_with(post, page, high, number)
    make(page)
    expect(page.locator(".people")).to_contain_text("Opens all messages")
    sign_out(page)
    open_with_passkey(page, high)
    sign_out(page)
    write(post, jan, "Zonder code")
    open_with_passkey(page, link(post, jan, "Zonder"))
    assert len(codes(post, number)) == 1


def test_one_made_after_a_password_does_not_open_what_takes_a_code(post: Post, device: Device) -> None:
    office, jan, page = Office(post), post.somebody("jan"), device.page
    write(post, jan, "Laag")
    unlock(post, page, jan, link(post, jan, "Laag"))
    make(page)
    office.write(jan, subject="Hoog")
    other = page.context.browser
    assert other is not None
    anna = other.new_page()
    give(anna, office.page(), "+31612345942")
    anna.close()
    page.goto(link(post, jan, "Hoog"))
    expect(page.get_by_role("button", name="Open with your passkey")).to_have_count(0)


def test_the_owner_renames_and_removes_it(post: Post, device: Device) -> None:
    jan, page = post.somebody("jan"), device.page
    write(post, jan, "Bericht")
    link_ = link(post, jan, "Bericht")
    unlock(post, page, jan, link_)
    make(page)
    page.locator("main summary", has_text="Change the name").click()
    page.get_by_label("Name", exact=True).fill("Mijn <b>telefoon</b>")
    page.get_by_role("button", name="Save the name").click()
    expect(page.locator(".people h3")).to_have_text("Mijn <b>telefoon</b>")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a passkey on this device already")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_contain_text("does not open anything any more")
    expect(page.locator(".people")).to_have_count(0)
    sign_out(page)
    expect(page.get_by_role("button", name="Open with your passkey")).to_have_count(0)
    page.goto(f"{link_}/passkey")
    assert page.url == link_


def test_a_device_that_does_not_recognise_its_owner_says_what_to_do(post: Post, device: Device) -> None:
    jan, page = post.somebody("jan"), device.page
    write(post, jan, "Bericht")
    link_ = link(post, jan, "Bericht")
    unlock(post, page, jan, link_)
    page.goto(f"{link_}/passkeys")
    device.recognises(False)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("You cancelled it, or it took too long. No passkey was made.")
    expect(page.get_by_role("button", name="Make a passkey")).to_be_focused()
    device.recognises(True)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("Your passkey is ready")
    sign_out(page)
    device.recognises(False)
    page.get_by_role("button", name="Open with your passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("You can still use a password.")
    page.locator('main form[action$="/password"] button').click()
    page.wait_for_url("**/enter*")


def test_what_the_portal_asked_survives_its_restart(post: Post, device: Device) -> None:
    jan, page = post.somebody("jan"), device.page
    write(post, jan, "Bericht")
    link_ = link(post, jan, "Bericht")
    unlock(post, page, jan, link_)
    make(page)
    sign_out(page)
    # The answer waits until the portal is another process.
    page.evaluate("HTMLFormElement.prototype.submit = function () { window.held = this; }")
    page.get_by_role("button", name="Open with your passkey").click()
    page.wait_for_function("window.held")
    post.stack.restart("portal")
    page.evaluate("delete HTMLFormElement.prototype.submit; window.held.requestSubmit()")
    page.wait_for_url("**/message")


def test_without_a_script_there_is_a_reason_and_a_list(post: Post, browser: Browser, device: Device) -> None:
    jan = post.somebody("jan")
    write(post, jan, "Bericht")
    link_ = link(post, jan, "Bericht")
    unlock(post, device.page, jan, link_)
    make(device.page)
    cookies = device.page.context.storage_state()
    context = browser.new_context(locale="en-GB", java_script_enabled=False, storage_state=cookies)
    try:
        page = context.new_page()
        page.goto(f"{link_}/passkeys")
        expect(page.locator("main")).to_contain_text("It has to run scripts (JavaScript) and know passkeys.")
        expect(page.get_by_role("button", name="Make a passkey")).to_have_count(0)
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("status")).to_contain_text("does not open anything any more")
    finally:
        context.close()
