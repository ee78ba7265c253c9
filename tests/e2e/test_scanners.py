"""Link scanners and guessers: they consume nothing, learn nothing, and the person still gets in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.e2e.post import Post, plain
from tests.e2e.recipient import Recipient, is_password_mail, link_in

MakeRecipient = Callable[..., Recipient]
BODY = "Uw BSN is 111222333."
ROUNDS = 10


def notified(post: Post, recipient: MakeRecipient, name: str) -> tuple[Recipient, str]:
    person = recipient(name)
    post.send(plain("Uw gegevens", BODY, to=person.address), person.address)
    return person, link_in(person.notification())


def press_everything(page: Page, link: str) -> set[str]:
    """Follows every link and presses every button of every page that can be reached; the pages seen."""
    home, seen, todo = urlsplit(link).netloc, set[str](), [link]
    while todo:
        address = re.sub(r"[?&]lang=\w+$", "", todo.pop())  # the same page in another language has the same buttons
        if address in seen or urlsplit(address).netloc != home:
            continue
        seen.add(address)
        page.goto(address)
        todo += [each.evaluate("a => a.href") for each in page.locator("a[href]").all()]
        for number in range(page.locator("button[type=submit], button:not([type]), input[type=submit]").count()):
            if number:  # the first is pressed where we are
                page.goto(address)
            buttons = page.locator("button[type=submit], button:not([type]), input[type=submit]")
            if number < buttons.count():
                with page.expect_navigation():
                    buttons.nth(number).evaluate("button => button.form.submit()")
                todo.append(page.url)
    return seen


def test_a_scanner_that_presses_every_button_consumes_nothing(
    post: Post, recipient: MakeRecipient, browser: Browser
) -> None:
    jan, link = notified(post, recipient, "scanned")
    started = time.monotonic()
    seen: set[str] = set()
    for _ in range(ROUNDS):
        context = browser.new_context()
        seen |= press_everything(context.new_page(), link)
        context.close()
    minutes = 1 + int((time.monotonic() - started) / 60)
    for end in ("/enter", "/not-mine"):
        assert any(address.split("?")[0].endswith(end) for address in seen), seen
    post.settle()
    passwords = [letter for letter in post.letters(jan.address) if is_password_mail(letter)]
    assert 1 <= len(passwords) <= minutes, "at most one password mail a minute"
    page = jan.visitor.submit(jan.visitor.get(f"{link}/enter").form("/enter"), password=jan.password())
    assert "111222333" in jan.body(page)


def test_ten_wrong_passwords_pause_the_link_also_after_a_restart(post: Post, recipient: MakeRecipient) -> None:
    jan, link = notified(post, recipient, "guessed")
    entry = jan.ask_password()
    password = jan.password()
    for _ in range(10):
        answer = jan.visitor.submit(entry.form("/enter"), password="aaaa-bbbb-cccc")
        assert answer.status in (422, 429)
    assert answer.status == 429
    post.stack.kill("portal")
    post.stack.restart("portal")
    assert jan.visitor.get(link).status == 429, "the page says at once that the link rests"
    answer = jan.visitor.submit(entry.form("/enter"), password=password)
    assert answer.status == 429, "the right password has to wait too"
    assert "111222333" not in answer.text
