"""Somebody writes first, in a real browser: it arrives, is answered by ordinary mail, and the answer comes sealed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from demo.maildir import Letter
from demo.stack import DESK
from tests.e2e.post import Post
from tests.e2e.recipient import PASSWORD, Recipient, is_notification, is_password_mail, link_in
from tests.e2e.writing_back import answer_to
from tests.unit.portal.test_files import PNG

MakePage = Callable[..., Page]
PATIENCE = 60.0


def wrote(address: str) -> Callable[[Letter], bool]:
    return lambda letter: letter.header("Reply-To") == address


def heard(page: Page, *order: str) -> None:
    """A screen reader says these things in this order, by the accessibility tree."""
    tree = page.locator("main").aria_snapshot()
    places = [tree.find(each) for each in order]
    assert -1 not in places and places == sorted(places), tree


def write_first(post: Post, page: Page, address: str, text: str) -> Letter:
    """From the list to the conversation; the mail that the desk gets."""
    page.goto(f"{post.stack.portal_url}/write")
    heard(page, 'heading "Write a secure message to De Kliniek" [level=1]', "list", 'link "Receptie"', "Vragen over uw")
    page.get_by_role("link", name="Receptie").click()
    page.wait_for_url("**/write?to=*")
    heard(
        page, 'link "Write to somebody else"', "Step 1 of 3", 'heading "Write to Receptie" [level=1]', "Vragen over uw",
        "First type your own", 'textbox "Your e-mail address"', 'button "Send my password"', '"What happens then?"',
    )  # fmt: skip
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Send my password").click()
    page.wait_for_url("**/write/password?s=sent")
    heard(
        page, 'link "Another e-mail address"', "Step 2 of 3", 'heading "Enter your password" [level=1]', "status",
        "We send a password to", 'textbox "Password from the e-mail"', 'button "Go on"', 'button "Send a new password"',
    )  # fmt: skip
    letter = post.wait_for_mail(address, is_password_mail, PATIENCE)
    found = PASSWORD.search(letter.body("plain"))
    assert found and DESK not in letter.raw.decode() and "Receptie" not in letter.body("html")
    page.get_by_label("Password from the e-mail").fill(found[0])
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/reply?s=proved")
    heard(
        page, "Step 3 of 3", 'heading "Write your message" [level=1]', "Your e-mail address is right", "Receptie",
        address, 'textbox "Subject"', 'textbox "Your message"', 'button "Send"', '"What happens with your message?"',
    )  # fmt: skip
    page.get_by_label("Subject").fill("Vraag over mijn afspraak")
    page.get_by_label("Your message", exact=True).fill(text)
    page.locator("#files").set_input_files({"name": "foto.png", "mimeType": "image/png", "buffer": PNG})
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/conversation?s=sent")
    expect(page.get_by_role("status").first).to_contain_text("Your message is sent.")
    return post.wait_for_mail(DESK, wrote(address), PATIENCE)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_first_message_arrives_and_its_answer_comes_back_sealed(post: Post, browse: MakePage, script: bool) -> None:
    eva, page = post.somebody("eva"), browse(script=script)
    letter = write_first(post, page, eva, "De kersenbloesem staat in bloei.")
    assert letter.header("From") == f'"{eva} (via De Kliniek)" <no-reply@kliniek.example>'
    assert letter.header("To") == f"Receptie <{DESK}>" and letter.header("Subject") == "Vraag over mijn afspraak"
    assert "De kersenbloesem" in letter.body("plain") and "de naam niet" in letter.body("plain")
    assert letter.attachments() == [("foto.png", "image/png", PNG)] and not letter.message.defects
    if not script:
        return
    post.send(answer_to(letter, "Natuurlijk, de appelboom bloeit."), eva, sender=DESK)
    told = post.wait_for_mail(eva, is_notification, PATIENCE)
    assert "Vraag over mijn afspraak" not in told.header("Subject")
    post.settle(PATIENCE)
    for each in post.letters(eva):
        assert b"appelboom" not in each.raw and b"mijn afspraak" not in each.raw
    page.goto(link_in(told))  # in the browser that is in: nothing is unlocked again
    page.wait_for_url("**/message")
    expect(page.frame_locator("iframe.body").locator("body")).to_contain_text("de appelboom bloeit")
    page.goto(page.url.replace("/message", "/conversation"))
    assert page.locator("ol.talk > li.own").count() == 1 and page.locator("ol.talk > li.theirs").count() == 1
    other = Recipient(post, eva)
    assert "/password" in other.landing().forms[0].action, "another browser is asked for a password"
