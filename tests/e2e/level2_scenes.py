"""An office that writes at level 2, and the steps that its recipients and senders take."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from demo.maildir import Letter
from tests.e2e.post import Post, plain
from tests.e2e.recipient import is_notification, link_in

SENDER_LINK = re.compile(r"https?://[^\s/<>\"]+/s/[A-Za-z0-9_-]{43}")
SECRET = "De uitslag van mevrouw De Vries is goed."

MakePage = Callable[..., Page]


class Office:
    """A sender with a mailbox of his own, who writes at level 2."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.address = post.somebody("anna", "kliniek.example")

    def write(self, *recipients: str, subject: str = "Uitslag") -> None:
        raw = plain(f"[zeer veilig] {subject}", SECRET, to=", ".join(recipients), sender=self.address)
        self.post.send(raw, list(recipients), self.address)

    def page(self, seconds: float = 10.0) -> str:
        """The link in the newest mail that has one."""
        letter = self.post.wait_for_mail(self.address, has_sender_link, seconds)
        found = set(SENDER_LINK.findall(letter.body("plain")))
        assert len(found) == 1
        return str(found.pop())

    def asked(self) -> int:
        """How many mails with a link of his own he has."""
        return sum(map(has_sender_link, self.post.letters(self.address)))


def has_sender_link(letter: Letter) -> bool:
    return bool(SENDER_LINK.search(letter.body("plain")))


def link_of(post: Post, address: str, seconds: float = 10.0) -> str:
    """The link of the newest notification."""
    return link_in(post.wait_for_mail(address, is_notification, seconds))


def codes(post: Post, number: str) -> list[str]:
    """The codes that a phone has got, oldest first."""
    files = sorted(Path(post.stack.data, "sms", number).glob("*.txt"))
    return [re.findall(r"\b\d{6}\b", file.read_text(encoding="utf-8"))[0] for file in files]


def next_code(post: Post, number: str, before: int, seconds: float = 10.0) -> str:
    """The code after the first `before` of a phone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if len(there := codes(post, number)) > before:
            return there[before]
        time.sleep(0.02)
    raise AssertionError(f"no SMS number {before + 1} for {number} within {seconds} s")


def ask(page: Page, link: str) -> None:
    """Presses "send my code"."""
    page.goto(link)
    page.locator('main form[action$="/code"] button').click()
    page.wait_for_url("**/enter*")


def type_in(page: Page, code: str) -> None:
    page.locator("#code").fill(code)
    page.locator('main form[action$="/enter"] button[type=submit]').click()
    page.wait_for_load_state()


def open_with(post: Post, page: Page, link: str, number: str) -> str:
    """The whole way in; the code that opened it."""
    before = len(codes(post, number))
    ask(page, link)
    code = next_code(post, number, before)
    type_in(page, code)
    page.wait_for_url("**/message")
    return code


def give(page: Page, link: str, number: str) -> None:
    """Types a number for the first recipient without one."""
    page.goto(link)
    page.locator("input[type=tel]").first.fill(number)
    page.locator('main form[action$="/number"] button').first.click()
    page.locator('button[name="sure"]').click()
    page.wait_for_load_state()
