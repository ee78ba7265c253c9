"""The recipient of a protected mail: goes from the notification to the message, with nothing but what people get."""

from __future__ import annotations

import re

from demo.maildir import Letter
from tests.e2e.page import Page, Visitor
from tests.e2e.post import Post

LINK = re.compile(r"https?://[^\s/<>\"]+/m/[A-Za-z0-9_-]{43}")
_SIGN = "[a-hjkmnp-z2-9]"
PASSWORD = re.compile(rf"\b{_SIGN}{{4}}-{_SIGN}{{4}}-{_SIGN}{{4}}\b")


def link_in(letter: Letter) -> str:
    """The link of a notification; the text and the HTML have to agree on it."""
    found = set(LINK.findall(letter.body("plain"))) | set(LINK.findall(letter.body("html")))
    assert len(found) == 1, f"{len(found)} links in {letter.header('Subject')}"
    link: str = found.pop()
    return link


def is_notification(letter: Letter) -> bool:
    """Whether it has a link of the portal (password mails have none, or the same beside a password)."""
    return bool(LINK.search(letter.body("plain"))) and not is_password_mail(letter)


def is_password_mail(letter: Letter) -> bool:
    """Whether it brings a password."""
    return bool(PASSWORD.search(letter.body("plain")))


class Recipient:
    """One person with one mailbox and one browser."""

    def __init__(self, post: Post, address: str, language: str = "en") -> None:
        self.post = post
        self.address = address
        self.visitor = Visitor(language)
        self._passwords: set[str] = set()

    def notification(self, seconds: float = 10.0) -> Letter:
        """The newest notification."""
        return self.post.wait_for_mail(self.address, is_notification, seconds)

    def landing(self) -> Page:
        """Follow the link of the notification."""
        return self.visitor.get(link_in(self.notification()))

    def ask_password(self) -> Page:
        """Press "send my password"."""
        return self.visitor.submit(self.landing().form("/password"))

    def password(self, seconds: float = 10.0) -> str:
        """The password in the newest password mail, as it is written there; each is taken once."""

        def fresh(letter: Letter) -> bool:
            return is_password_mail(letter) and letter.key not in self._passwords

        letter = self.post.wait_for_mail(self.address, fresh, seconds)
        self._passwords.add(letter.key)
        found = PASSWORD.search(letter.body("plain"))
        assert found
        return found[0]

    def unlock(self) -> Page:
        """The whole way; the message's page."""
        page = self.ask_password()
        return self.visitor.submit(page.form("/enter"), password=self.password())

    def body(self, page: Page) -> str:
        """The body in the frame of the message's page."""
        frame = next(frame for frame in page.frames if frame.endswith("/body"))
        return self.visitor.get(frame).text

    def files(self, page: Page) -> list[bytes]:
        """Each attachment, downloaded, in the order of the page."""
        return [self.visitor.get(link).content for link in page.links_with("/file/")]

    def original(self, page: Page) -> bytes:
        """The original as .eml."""
        return self.visitor.get(page.link("/original.eml")).content

    def archive(self, page: Page) -> tuple[bytes, str]:
        """Everything as ZIP, and the password that the page shows for it."""
        shown = self.visitor.get(page.link("/zip"))
        return self.visitor.get(shown.link("/everything.zip")).content, shown.texts["zip-password"].strip()
