"""What the tests of the console in Chromium share: a console with a month behind it, the way in, and a careful look."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from demo.stack import CHECKOUT
from tests.e2e.small_png import small
from tests.e2e.test_pages import found_by_axe
from tests.support.cast import OTHER, RECIPIENT
from tests.unit.console.console_process import Served, serve

PICTURES = os.environ.get("ZEGEL_CONSOLE_PICTURES", "")
"""A folder for a picture of each page, wide, narrow and at night."""


RELEASED = "bas@post.example"
"""A recipient of the message that an officer may release."""


@contextmanager
def a_month_of_traffic(folder: Path) -> Iterator[Served]:
    """A console that runs, with the shipped rules, one of which lets an officer release its false alarms."""
    rules = (CHECKOUT / "rules.yaml").read_text()
    head, bsn, rest = rules.partition("  - id: bsn\n")
    assert bsn
    (folder / "rules.yaml").write_text(f"{head}{bsn}    release: officer\n{rest}")
    with serve(folder) as served:
        built, now = served.built, time.time()
        for day in range(25, -1, -1):
            built.clock.now = now - day * 86_400 - 60
            for number in range(1 + day * 7 % 5):
                built.seal(f"p{number}@post.example", level=1 + (number == 2))
        built.clock.now = now - 30
        built.seal(RECIPIENT, OTHER)
        built.seal(RELEASED, OTHER, release=1)
        yield served


seen: list[str] = []
"""The pages that were looked at."""


def looked_at(page: Page, name: str) -> None:
    """No finding of axe, nothing wider than a telephone: one page by day, the next one at night.

    With PICTURES each page in each way.
    """
    seen.append(name)
    ways = (("light", 1100), ("dark", 360), ("dark", 1100), ("light", 360))
    for scheme, width in ways if PICTURES else (ways[len(seen) % 2],):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        # axe cannot judge the contrast of words in a drawing; theirs is that of all soft text.
        found = [each for each in found_by_axe(page) if "'text[" not in each]
        assert found == [], f"{name} {scheme} {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{scheme}-{width}.png", full_page=True)
            if (scheme, width) == ("light", 1100):
                Path(PICTURES, f"{name}.png").write_bytes(small(page.screenshot()))  # for docs/pictures/console
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1100, "height": 800})


def sign_in(page: Page, console: Served, address: str) -> None:
    page.goto(f"{console.url}/sign-in")
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_label("Your e-mail address").press("Enter")
    page.get_by_label("Password from the e-mail").fill(console.password(address))
    page.get_by_label("Password from the e-mail").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The last 30 days")


def page_with_passkeys(browser: Browser) -> Page:
    """A browser of its own, on a device that has no passkey yet."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page
