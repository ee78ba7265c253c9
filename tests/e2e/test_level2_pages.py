"""Level 2 from the mail to the opened message, with the real parts and a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from demo.stack import Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.level2_scenes import (
    SECRET,
    MakePage,
    Office,
    ask,
    codes,
    give,
    link_of,
    next_code,
    open_with,
    type_in,
)
from tests.e2e.post import Post
from tests.e2e.recipient import is_notification

QUICK = 2.0
"""Seconds in which a notification and an SMS have to be there."""


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """A stack of our own, whose SMS become files."""
    options = Options(settings={"sms": {"gateway": "folder", "folder": "sms"}})
    with folder_for_postfix() as folder, Stack(folder, Ports.free(), options) as started:
        yield Post(started)


def test_one_number_known_and_one_asked_for(post: Post, person: MakePage) -> None:
    office, anna = Office(post), person()
    jan, eva = post.somebody("jan"), post.somebody("eva", "elders.example")
    office.write(jan)
    give(anna, office.page(), "06 87 65 43 21")
    link_of(post, jan)
    post.settle()

    office.write(jan, eva, subject="Tweede uitslag")
    post.wait_for_mail(jan, lambda each: is_notification(each) and "Tweede" in each.header("Subject"), QUICK)
    assert not [each for each in post.letters(eva) if is_notification(each)]
    deadline = time.monotonic() + 10
    while office.asked() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert office.asked() == 2

    anna.goto(office.page())
    expect(anna.locator("h1")).to_have_text("We hebben een telefoonnummer nodig")
    expect(anna.locator(".number")).to_have_count(1)
    expect(anna.locator(".number .who")).to_contain_text(eva)
    anna.locator("input[type=tel]").fill("06 12 34 59 54")
    anna.locator('main form[action$="/number"] button').click()
    expect(anna.locator("main")).to_contain_text("+31 6 12345954")
    anna.locator('button[name="sure"]').click()
    post.wait_for_mail(eva, is_notification, QUICK)
    expect(anna.locator("[role=status]")).to_contain_text(f"Het bericht is verstuurd naar {eva}")
    expect(anna.locator("input[type=tel]")).to_have_count(0)

    office.write(jan, eva, subject="Derde uitslag")
    for address in (jan, eva):
        post.wait_for_mail(address, lambda each: is_notification(each) and "Derde" in each.header("Subject"), QUICK)
    post.settle()
    assert office.asked() == 2


def test_the_code_opens_the_message_in_the_asking_browser_and_in_no_other(post: Post, person: MakePage) -> None:
    office, number = Office(post), "+31612345901"
    jan = post.somebody("jan")
    office.write(jan)
    give(person(), office.page(), number)
    link = link_of(post, jan)
    here, there = person(), person()
    ask(here, link)
    code = next_code(post, number, 0, QUICK)
    expect(here.locator("#progress")).to_contain_text("+3******901")

    there.goto(link)
    assert there.locator("#code").count() == 0
    ask(there, link)  # less than 30 s after the other: nothing is sent
    expect(there.locator("h1")).to_have_text("Vraag een code aan")

    type_in(here, f"{code[:3]} {code[3:]}")
    here.wait_for_url("**/message")
    expect(here.frame_locator("iframe").locator("body")).to_contain_text(SECRET)
    there.goto(f"{link}/message")
    assert not there.url.endswith("/message")
    assert codes(post, number) == [code]

    here.go_back()  # a page of before: straight to the message
    here.wait_for_url("**/message")
    here.locator(".menu summary").click()
    here.locator('form[action$="/sign-out"] button').click()
    here.goto(f"{link}/enter")
    expect(here.locator("#progress")).to_contain_text("U hebt nu geen geldige code")


def test_two_tabs_of_one_browser_share_the_code(post: Post, person: MakePage) -> None:
    office, number = Office(post), "+31612345902"
    jan = post.somebody("jan")
    office.write(jan)
    give(person(), office.page(), number)
    link = link_of(post, jan)
    first = person()
    second = first.context.new_page()
    ask(first, link)
    second.goto(f"{link}/enter")
    code = next_code(post, number, 0)
    type_in(second, code)
    second.wait_for_url("**/message")
    type_in(first, code)  # its form is of before
    expect(first.locator("main a.button")).to_be_visible()
    first.locator("main a.button").click()
    first.wait_for_url("**/message")


def test_a_wrong_code_a_spent_one_and_one_of_another_message(post: Post, person: MakePage) -> None:
    office, number = Office(post), "+31612345903"
    jan = post.somebody("jan")
    office.write(jan)
    give(person(), office.page(), number)
    link = link_of(post, jan)
    page = person()
    ask(page, link)
    code = next_code(post, number, 0)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for left in ("nog 4 keer", "nog 3 keer", "nog 2 keer", "nog één keer"):
        type_in(page, wrong)
        expect(page.locator("#error")).to_contain_text(left)
    type_in(page, wrong)
    expect(page.locator("#error")).to_contain_text("vijf keer fout")
    expect(page.locator("#code")).to_have_count(0)
    expect(page.locator("button.primary")).to_have_text(re.compile("Stuur een nieuwe code"))


def test_not_my_number_stops_the_sms_until_the_sender_corrects_it(post: Post, person: MakePage) -> None:
    office, jan = Office(post), post.somebody("jan")
    office.write(jan)
    anna, page = person(), person()
    give(anna, office.page(), "+31612345904")
    link = link_of(post, jan)
    page.goto(link)
    page.get_by_role("link", name="Dit is niet mijn nummer").click()
    page.locator('.choice input[value="number"]').check()
    page.locator('main form[action$="/not-mine"] button').click()
    expect(page.locator("h1")).to_have_text("De afzender weet ervan")
    page.goto(f"{link}/enter")
    expect(page.locator("h1")).to_have_text("De afzender weet ervan")

    anna.goto(office.page())
    expect(anna.locator(".number .note")).to_contain_text("+3******904 niet het juiste nummer")
    give(anna, anna.url, "+31612345905")
    assert codes(post, "+31612345904") == []
    open_with(post, page, link_of(post, jan), "+31612345905")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text(SECRET)


def test_the_sender_sees_what_happened_and_withdraws(post: Post, person: MakePage) -> None:
    office, jan = Office(post), post.somebody("jan")
    office.write(jan)
    anna, page = person("en-GB"), person()
    give(anna, office.page(), "+31612345906")
    link = link_of(post, jan)
    open_with(post, page, link, "+31612345906")
    anna.goto(office.page())
    expect(anna.locator(".people li").first).to_contain_text("Opened the message")
    anna.locator(".people summary").click()
    for moment in (
        "Waited for a telephone number",
        "Telephone number given",
        "Code sent to the phone",
        "Message opened",
    ):
        expect(anna.locator(".history")).to_contain_text(moment)
    anna.locator(".people").get_by_role("link", name="Withdraw").click()
    anna.get_by_label("Yes, withdraw the message").check()
    anna.locator('main form[action$="/recall"] button').click()
    expect(anna.locator("[role=status]")).to_contain_text("You withdrew the message.")
    page.reload()
    expect(page.locator("h1")).to_have_text("De afzender heeft dit bericht ingetrokken")
    expect(anna.locator(".people li").first).to_contain_text("You withdrew the message")


def test_a_wrong_number_is_explained_and_the_right_one_taken(post: Post, person: MakePage) -> None:
    office, jan, eva = Office(post), post.somebody("jan"), post.somebody("eva")
    office.write(jan, eva)
    anna = person()
    anna.goto(office.page())
    anna.locator("input[type=tel]").nth(0).fill("020 123 4567")
    anna.locator("input[type=tel]").nth(1).fill("06 12 34 59 07")
    taken = anna.locator(".number .who strong").nth(1).text_content()
    anna.locator('main form[action$="/number"] button').click()
    expect(anna.locator(".error")).to_contain_text("geen mobiel nummer")
    expect(anna.locator("input[type=tel]").nth(0)).to_have_value("020 123 4567")
    anna.locator("input[type=tel]").nth(0).fill("")
    anna.locator('main form[action$="/number"] button').click()
    anna.locator('button[name="sure"]').click()
    expect(anna.locator("[role=status]")).to_contain_text(taken or "")
    post.wait_for_mail(taken or "", is_notification, QUICK)


def test_without_a_script_and_by_keyboard_it_all_works(post: Post, person: MakePage) -> None:
    office, jan = Office(post), post.somebody("jan")
    office.write(jan)
    anna, page = person(script=False), person(script=False)
    anna.goto(office.page())
    anna.locator("input[type=tel]").focus()
    anna.keyboard.type("06 12 34 59 08")
    anna.keyboard.press("Enter")
    expect(anna.locator("main")).to_contain_text("+31 6 12345908")
    anna.locator("button[name=sure]").focus()
    anna.keyboard.press("Enter")
    expect(anna.locator("[role=status]")).to_contain_text("Het bericht is verstuurd naar")
    page.goto(link_of(post, jan))
    page.locator("button.primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/enter*")
    page.locator("#code").focus()
    page.keyboard.type(next_code(post, "+31612345908", 0))
    page.keyboard.press("Enter")
    page.wait_for_url("**/message")


def test_a_link_scanner_that_fetches_everything_sends_no_sms_and_tells_nobody(post: Post, person: MakePage) -> None:
    office, jan = Office(post), post.somebody("jan")
    office.write(jan)
    anna = person()
    senders_page = office.page()
    give(anna, senders_page, "+31612345909")
    link, scanner = link_of(post, jan), person()
    for address in (link, f"{link}/enter", f"{link}/code", f"{link}/not-asked", f"{link}/not-mine"):
        scanner.goto(address)
    for address in ("", "/recall", "/raise", "/again", "/unblock", "/extend", "/false-alarm", "/number"):
        scanner.goto(senders_page + address)
    assert codes(post, "+31612345909") == []
    before = len(post.letters(office.address))
    open_with(post, person(), link, "+31612345909")
    post.settle()
    assert len(post.letters(office.address)) == before
