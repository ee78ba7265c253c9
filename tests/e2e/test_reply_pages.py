"""Writing back in a real browser, at the portal with the real core and a clock that is set by hand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from demo.place import free_ports
from tests.support.cast import COLLEAGUE, RECIPIENT, Built, build
from tests.unit.conversations.reply_form import letter
from zegel.message.mime.view import content, view
from zegel.unlock.access import SESSION_IDLE
from zegel_portal.app import create_app
from zegel_portal.http.server import create_server

PHOTO: FilePayload = {"name": "Foto 😀 wond.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + bytes(2000)}
NOTE: FilePayload = {"name": "verslag.txt", "mimeType": "text/plain", "buffer": b"Voor de operatie"}
HUGE = 26_000_000
TEXT = "Beste dokter,\n\nmag ik donderdag komen?\n\nJan"


class Clinic:
    """The portal on a port of its own, and one message to Jan."""

    def __init__(self, folder: Path) -> None:
        self.built: Built = build(folder)
        core, (port,) = self.built.core, free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        place = core.settings.portal.model_copy(update={"url": self.url, "port": port})
        settings = core.settings.model_copy(update={"portal": place})
        app = create_app(replace(core, settings=settings))
        self._server = create_server(app, settings, lambda link: core.access.delivery(link) is not None)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        (self.delivery,) = self.built.seal(RECIPIENT, raw=letter())

    def unlock(self, page: Page) -> None:
        """From the link, or from where the page is when it asks for a password, to the message."""
        if "/m/" not in page.url:
            page.goto(f"{self.url}/m/{self.built.link(self.delivery)}")
        before = set(self.built.passwords_sent())
        page.get_by_role("button", name="Send my password").click()
        (password,) = set(self.built.passwords_sent()) - before
        page.locator("#password").fill(password)
        page.get_by_role("button", name="Open the message").click()

    def replies(self) -> list[bytes]:
        """What Jan wrote, oldest first."""
        core = self.built.core
        own = [each for each in core.conversations.page(self.delivery).entries if each.own]
        return [core.replies.original(self.delivery, each.id) for each in own]

    def receivers(self) -> set[str]:
        (own,) = [each for each in self.built.core.conversations.page(self.delivery).entries if each.own]
        return {each.address for each in self.built.core.vault.store.replies.addressees(own.id)}

    def close(self) -> None:
        self._server.close()
        self._thread.join(5)
        self.built.core.close()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = Clinic(tmp_path)
    yield made
    made.close()


MakePage = Callable[..., Page]


def to_the_form(clinic: Clinic, page: Page) -> Page:
    clinic.unlock(page)
    page.get_by_role("link", name="Reply").click()
    page.wait_for_url("**/reply")
    return page


def errors(page: Page) -> list[str]:
    return [text.replace("\xa0", " ") for text in page.locator(".error").all_inner_texts()]


def is_one_reply_with(clinic: Clinic, *files: FilePayload) -> None:
    (raw,) = clinic.replies()
    seen = view(raw)
    assert "mag ik donderdag komen?" in seen.text
    assert [content(raw, each) for each in seen.attachments] == [each["buffer"] for each in files]


def test_a_reply_with_two_files_is_sent_and_stands_in_the_conversation(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse())
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type(TEXT)
    page.get_by_label("Bram Bos").check()
    page.locator("#files").set_input_files([PHOTO, NOTE])
    page.locator("#files").set_input_files({"name": "verkeerd.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    assert page.locator("[data-files] .name").all_inner_texts() == ["Foto 😀 wond.jpg", "verslag.txt", "verkeerd.pdf"]
    page.get_by_role("button", name="Remove: verkeerd.pdf").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/conversation?s=sent")
    expect(page.get_by_role("status")).to_contain_text("Your reply is sent.")
    expect(page.locator(".talk li")).to_have_count(2)
    page.locator(".talk .own").get_by_role("link", name="Show").click()
    expect(page.frame_locator("iframe.body").locator("body")).to_contain_text("mag ik donderdag komen?")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download Foto 😀 wond.jpg").click()
    assert saved.value.path().read_bytes() == PHOTO["buffer"]
    assert saved.value.suggested_filename == "Foto 😀 wond.jpg"
    is_one_reply_with(clinic, PHOTO, NOTE)
    assert COLLEAGUE in clinic.receivers()


def test_it_works_without_a_script(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse(script=False))
    page.locator("#text").fill(TEXT)
    page.locator("#files").set_input_files([PHOTO, NOTE])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page).to_have_url(re.compile(r"/conversation\?s=sent$"))
    is_one_reply_with(clinic, PHOTO, NOTE)
    assert COLLEAGUE not in clinic.receivers()


def test_it_works_by_keyboard_alone(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse())
    page.keyboard.type("Dank u, mag ik donderdag komen?")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Send"
    page.keyboard.press("Enter")
    page.wait_for_url("**/conversation?s=sent")
    is_one_reply_with(clinic)


@pytest.mark.parametrize("script", [True, False])
def test_a_session_that_ended_keeps_what_was_typed(clinic: Clinic, browse: MakePage, script: bool) -> None:
    page = to_the_form(clinic, browse(script))
    page.locator("#text").fill(TEXT)
    page.get_by_label("Bram Bos").check()
    page.locator("#files").set_input_files([PHOTO])
    clinic.built.clock.pass_(SESSION_IDLE + 1)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("We kept what you typed.")
    assert clinic.replies() == []
    clinic.unlock(page)
    expect(page).to_have_url(re.compile("/reply$"))
    assert page.locator("#text").input_value() == TEXT
    assert page.get_by_label("Bram Bos").is_checked()
    expect(page.get_by_role("status").get_by_text("Did you choose files? Then choose them again.")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page).to_have_url(re.compile(r"/conversation\?s=sent$"))
    is_one_reply_with(clinic)


def big(folder: Path, size: int = HUGE) -> Path:
    """A file of this size, with nothing on the disk."""
    path = folder / "scan.tif"
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_26_megabytes_are_refused_before_they_are_sent(clinic: Clinic, browse: MakePage, tmp_path: Path) -> None:
    page = to_the_form(clinic, browse())
    page.locator("#text").fill(TEXT)
    page.locator("#files").set_input_files(big(tmp_path))
    said = ["Your files are too large together. 25 MB is the most. Remove a file, or make it smaller."]
    assert errors(page) == said
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Send", exact=True).click()
    assert errors(page) == said
    assert not [url for url in asked if url.endswith("/reply")]
    page.get_by_role("button", name="Remove: scan.tif").click()
    assert errors(page) == []
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/conversation?s=sent")
    is_one_reply_with(clinic)


def test_26_megabytes_are_refused_without_a_script_too(clinic: Clinic, browse: MakePage, tmp_path: Path) -> None:
    page = to_the_form(clinic, browse(script=False))
    page.locator("#text").fill(TEXT)
    page.locator("#files").set_input_files(big(tmp_path, HUGE + 1_000_000))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#files-error")).to_contain_text("Your files are too large together.")
    assert page.locator("#text").input_value() == TEXT
    expect(page.get_by_text("Choose your files again, because a browser does not keep them.")).to_be_visible()
    assert page.locator("#files").get_attribute("aria-describedby") == "files-error files-hint"


@pytest.mark.parametrize("script", [True, False])
def test_wrong_things_are_said_at_the_field(clinic: Clinic, browse: MakePage, script: bool) -> None:
    page = to_the_form(clinic, browse(script))
    send = page.get_by_role("button", name="Send", exact=True)
    send.click()
    expect(page.locator("#text-error")).to_contain_text("Type your reply first, or add a file.")
    expect(page).to_have_title(re.compile("^Error: "))
    assert page.locator("#text").get_attribute("aria-describedby") == "text-error"
    expect(page.locator("#text")).to_be_focused()
    page.locator("#text").fill("a" * 100_001)
    send.click()
    expect(page.locator("#text-error")).to_contain_text("Your reply is 1 character too long.")
    assert len(page.locator("#text").input_value()) == 100_001
    page.locator("#text").fill(TEXT)
    many = [FilePayload(name=f"{n}.txt", mimeType="text/plain", buffer=b"x") for n in range(21)]
    page.locator("#files").set_input_files(many)
    send.click()
    expect(page.locator(".upload .error")).to_contain_text("You can send 20 files at a time.")
    assert clinic.replies() == []


def test_files_stay_when_something_else_is_wrong(clinic: Clinic, browse: MakePage) -> None:
    page = to_the_form(clinic, browse())
    page.locator("#files").set_input_files([PHOTO])
    page.locator("#text").fill("a" * 100_001)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#text-error")).to_be_visible()
    assert page.locator("[data-files] .name").all_inner_texts() == ["Foto 😀 wond.jpg"]
    expect(page.locator("[data-again]")).to_be_hidden()
    page.locator("#text").fill(TEXT)
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/conversation?s=sent")
    is_one_reply_with(clinic, PHOTO)
