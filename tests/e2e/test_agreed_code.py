"""Level 2 without a mobile phone, with the real parts and a real browser: from the mail to the opened message."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.level2_scenes import SECRET, MakePage, Office, link_of
from tests.e2e.post import Post
from tests.e2e.recipient import is_notification

CODE, TYPED, QUESTION = "Groene appel 4827", "groene-appel 4827", "Wat lag er op tafel?"


def agree(anna: Page, at: str, code: str = "", question: str = "") -> str:
    """Goes from the page that asks for a number to the one for a code, and saves it; the code that is set."""
    anna.goto(at)
    anna.get_by_role("link", name="Geen nummer?").click()
    field = anna.locator("#code")
    suggested = field.input_value()
    assert re.fullmatch(r"\d{5}-\d{5}", suggested)
    if code:
        field.fill(code)
        anna.locator("#question").fill(question)
    anna.get_by_label("Ik heb de code opgeschreven").check()
    anna.locator('main form[action$="/agree"] button').click()
    expect(anna.get_by_role("status")).to_contain_text("Geef de ontvanger nu de code")
    return code or suggested


def open_with(page: Page, typed: str) -> None:
    page.locator("#agreed").fill(typed)
    page.locator('main form[action$="/enter"] button[type=submit]').click()
    page.wait_for_load_state()


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without one"])
def test_a_recipient_without_a_mobile_phone_reads_it(post: Post, person: MakePage, script: bool) -> None:
    office, jan = Office(post), post.somebody("jan")
    anna, reader = person(script=script), person(script=script)
    office.write(jan)
    at = office.page()
    assert not [each for each in post.letters(jan) if is_notification(each)], "nothing goes before"
    code = agree(anna, at) if script else agree(anna, at, CODE, QUESTION)

    reader.goto(link_of(post, jan))
    asked = "De code die u hebt afgesproken" if script else QUESTION
    expect(reader.locator('label[for="agreed"]')).to_have_text(asked)
    open_with(reader, "helemaal verkeerd")
    expect(reader.get_by_role("alert")).to_contain_text("klopt niet")
    open_with(reader, code.replace("-", " ") if script else TYPED)
    reader.wait_for_url("**/message")
    expect(reader.frame_locator("iframe.body").first.locator("body")).to_contain_text(SECRET)

    office.write(jan, subject="Tweede uitslag")  # and from now on nobody is asked for anything
    post.wait_for_mail(jan, lambda each: is_notification(each) and "Tweede" in each.header("Subject"))
    again = person(script=script)
    again.goto(link_of(post, jan))
    open_with(again, code)
    again.wait_for_url("**/message")

    mails = [*post.letters(jan), *post.letters(office.address)]
    assert mails and not any(code in each.body("plain") or code in each.body("html") for each in mails)
