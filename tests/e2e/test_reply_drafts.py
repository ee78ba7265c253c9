"""Writing back in a real browser: lost connections, large files, drafts, and long texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, expect

from tests.e2e.test_reply_pages import PHOTO, TEXT, Clinic, MakePage, is_one_reply_with, to_the_form
from zegel.unlock.password_way import RECENT_SECONDS


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = Clinic(tmp_path)
    yield made
    made.close()


def test_a_lost_connection_loses_nothing(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse())
    page.locator("#text").fill(TEXT)
    page.locator("#files").set_input_files([PHOTO])
    page.route("**/reply", lambda route: route.abort())
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-lost-place] .error")).to_contain_text("The connection was lost.")
    page.unroute("**/reply")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/conversation?s=sent")
    is_one_reply_with(clinic, PHOTO)


def test_the_way_of_a_large_file_is_shown_and_pressing_twice_sends_once(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse())
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 3_000_000},
    )
    page.locator("#text").fill(TEXT)
    page.locator("#files").set_input_files({"name": "scan.bin", "mimeType": "x/y", "buffer": bytes(6_000_000)})
    page.evaluate("() => { const send = document.querySelector('.compose .primary'); send.click(); send.click(); }")
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator("[data-progress] [role=status]")).to_contain_text(re.compile(r"Sending: [1-9]0"))
    assert page.get_by_role("button", name="Send", exact=True).is_disabled()
    page.wait_for_url("**/conversation?s=sent")
    assert len(clinic.replies()) == 1


def test_a_draft_is_kept_while_typing_and_a_warning_comes_only_before(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse())
    warned: list[str] = []

    def answer(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.locator("#text").press_sequentially("Beste dokter, ")
    expect(page.locator("[data-told]")).to_have_text("Your text is saved.", timeout=8000)
    page.get_by_role("link", name="Back to the message").click()
    page.wait_for_url("**/message")
    assert warned == []
    page.get_by_role("link", name="Reply").click()
    assert page.locator("#text").input_value() == "Beste dokter, "
    page.locator("#text").press("End")
    page.locator("#text").press_sequentially("nog iets")
    page.route("**/draft", lambda route: route.abort())
    page.get_by_role("link", name="Back to the message").click()
    page.wait_for_url("**/message")
    assert warned == ["beforeunload"]


def test_two_browsers_do_not_see_each_others_drafts(clinic: Clinic, browse: MakePage) -> None:
    page, other = to_the_form(clinic, browse()), browse()
    page.locator("#text").press_sequentially("geheim")
    expect(page.locator("[data-told]")).to_have_text("Your text is saved.", timeout=8000)
    clinic.built.clock.pass_(RECENT_SECONDS + 1)
    to_the_form(clinic, other)
    assert other.locator("#text").input_value() == ""


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_long_text_makes_the_field_grow(clinic: Clinic, browse: MakePage, scale: float) -> None:
    page = to_the_form(clinic, browse(width=int(640 / scale)))
    field = page.locator("#text")
    before = field.bounding_box()
    field.fill("regel\n" * 40)
    after = field.bounding_box()
    assert before
    assert after
    assert after["height"] > 2 * before["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 640 / scale
