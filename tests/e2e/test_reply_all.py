"""Three people outside and a sender who lets them answer each other: browsers with and without script, real Postfix."""

from __future__ import annotations

import os
from collections.abc import Callable

from playwright.sync_api import Page, expect

from demo.maildir import Letter
from demo.stack import Stack
from tests.e2e.post import SENDER, Post, plain
from tests.e2e.recipient import Recipient, is_notification, link_in
from tests.e2e.writing_back import SECRET
from zegel.core import open_core
from zegel.settings.model import load_settings

Browse = Callable[..., Page]


def sender_link(stack: Stack, letter: Letter) -> str:
    """The sender's page about the message of a notification; no mail about this one has it."""
    mask = os.umask(0o022)
    core = open_core(load_settings(stack.data / "zegel.yaml"))
    os.umask(mask)
    try:
        delivery = core.access.delivery(link_in(letter).rpartition("/")[2])
        assert delivery is not None
        return core.access.sender_link(delivery.message_id)
    finally:
        core.close()


def enter(page: Page, someone: Recipient, letter: Letter) -> None:
    """From the link to the message."""
    page.goto(link_in(letter))
    page.get_by_role("button", name="Send my password").click()
    page.locator("#password").fill(someone.password(30))
    page.get_by_role("button", name="Open the message").click()
    page.wait_for_url("**/message")


def test_a_circle_answers_itself(stack: Stack, post: Post, browse: Browse) -> None:
    jan, eva, omar, hidden = (Recipient(post, post.somebody(name)) for name in ("jan", "eva", "omar", "piet"))
    shown = f"Jan Jansen <{jan.address}>, Eva Smit <{eva.address}>"
    post.send(
        plain("Zorgplan", SECRET, to=shown, headers=f"Cc: {omar.address}\n"),
        [each.address for each in (jan, eva, omar, hidden)],
    )
    letter = jan.notification(30)
    mine = browse()
    enter(mine, jan, letter)
    expect(mine.get_by_role("link", name="Reply to all")).to_have_count(0)

    anna = browse(script=False)
    anna.goto(sender_link(stack, letter))
    allow = anna.get_by_role("button", name="Allow replies to each other too")
    allow.click()
    expect(anna.get_by_role("alert")).to_contain_text("Tick the box first.")
    anna.get_by_label("Yes, they may reply to each other").check()
    allow.click()
    anna.wait_for_url("**s=to-all*")
    expect(anna.get_by_role("status")).to_contain_text("Recipients can reply to each other now.")

    mine.reload()
    mine.get_by_role("link", name="Reply to all").click()
    mine.wait_for_url("**/reply?all=1")
    assert hidden.address not in mine.content()
    boxes = mine.get_by_role("group", name="Also to the other recipients").get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        expect(box).to_be_checked()
    mine.get_by_label(omar.address).uncheck()
    mine.locator("#text").fill("Eva, kun jij donderdag?\nDe kersenbloesem bloeit.")
    mine.locator("#files").set_input_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": b"10 uur"})
    mine.get_by_role("button", name="Send").click()
    mine.wait_for_url("**/conversation?s=sent")
    expect(mine.get_by_role("status").first).to_contain_text("Your reply is sent.")
    expect(mine.locator(".talk")).to_contain_text(f"Also to {eva.address}")

    told = post.wait_for_mail(
        eva.address, lambda each: is_notification(each) and "via De Kliniek" in each.header("From"), 60
    )
    assert told.header("Reply-To") == SENDER and told.header("Subject") == "Re: Zorgplan"
    assert b"kersenbloesem" not in told.raw and jan.address.encode() not in told.raw
    to_anna = post.wait_for_mail(SENDER, lambda each: jan.address in each.header("Reply-To"), 60)
    assert to_anna.header("Cc") == f"Eva Smit <{eva.address}>" and "kersenbloesem" in to_anna.body("plain")

    hers = browse(script=False)
    enter(hers, eva, told)
    hers.frame_locator("iframe.body").get_by_text("kersenbloesem").wait_for()
    expect(hers.locator("main")).to_contain_text("plan.txt")
    hers.get_by_role("link", name="Reply", exact=True).click()
    hers.wait_for_url("**/reply")
    box = hers.get_by_role("group", name="Also to the other recipients").get_by_role("checkbox")
    expect(box).to_have_count(1)
    expect(box).not_to_be_checked()
    box.check()
    hers.locator("#text").fill("Donderdag kan.")
    hers.get_by_role("button", name="Send").click()
    hers.wait_for_url("**/conversation?s=sent")
    expect(hers.get_by_role("status").first).to_contain_text("Your reply is sent.")

    back = post.wait_for_mail(jan.address, lambda each: "Eva Smit (via" in each.header("From"), 60)
    mine.goto(link_in(back))
    mine.goto(f"{link_in(back)}/conversation")  # in the browser that was in already
    mine.frame_locator("details[open] iframe.body").get_by_text("Donderdag kan.").wait_for()
    post.settle(60)
    assert [len(post.letters(each.address)) for each in (omar, hidden)] == [1, 1]
