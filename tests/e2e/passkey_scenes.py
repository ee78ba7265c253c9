"""The scenes of passkeys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page

from tests.e2e.world import M, Scene, World, open_at_1, press
from tests.support.fakes.access import NOW
from tests.support.fakes.passkeys import LAPTOP, PHONE
from zegel.unlock.passkeys import Passkey, PasskeyRefused

TEN = tuple(replace(LAPTOP, id=80 + n, name=f"Chrome on Windows {n + 1}") for n in range(10))
LONG = Passkey(79, "W" * 60, 1, NOW, NOW)


def there(*passkeys: Passkey, refused: Any = None, paused: float = 0) -> Callable[[World], None]:
    """The recipient has these passkeys, and what comes back from a device is refused."""

    def so(world: World) -> None:
        world.passkeys.offered, world.passkeys.there = True, passkeys
        world.passkeys.refusal = PasskeyRefused(refused) if refused else None
        world.delivery(paused_until=paused)

    return so


def answer(page: Page) -> None:
    """Sends an answer as the script does after it has talked to the device."""
    with page.expect_navigation():
        page.locator("form[data-passkey]").evaluate("(form) => form.submit()")


def remove(page: Page) -> None:
    """Presses the first button that removes a passkey."""
    page.locator("form.acts button").first.click()
    page.wait_for_url("**?s=removed")


def cancel(page: Page) -> None:
    """Presses the button, and the device says no. Without a script there is no button."""
    button = page.locator("form[data-passkey] button")
    if button.is_visible():
        refusal = "async () => { throw new DOMException('', 'NotAllowedError'); }"
        page.evaluate(f"() => {{ navigator.credentials.get = {refusal}; }}")
        button.click()
        page.get_by_role("alert").wait_for()


def open_and(act: Callable[[Page], None], then: str = "/passkeys") -> Callable[[Page], None]:
    """Opens the message, goes on to another page, and does something there."""

    def both(page: Page) -> None:
        open_at_1(then)(page)
        act(page)

    return both


PASSKEYS: tuple[Scene, ...] = (
    Scene("passkey-landing", M, so=there(LAPTOP)),
    Scene("passkey-code-landing", M, 2, so=there(PHONE)),
    Scene("passkey-enter", f"{M}/enter", so=there(LAPTOP)),
    Scene("passkey-cancelled", M, so=there(LAPTOP), then=cancel),
    Scene("passkey-paused", M, so=there(LAPTOP, paused=NOW + 900)),
    Scene("passkey", f"{M}/passkey", so=there(LAPTOP)),
    Scene("passkey-wrong", f"{M}/passkey", so=there(LAPTOP, refused="wrong"), then=answer),
    Scene("passkey-level", f"{M}/passkey", 2, so=there(LAPTOP, PHONE, refused="level"), then=answer),
    Scene("passkey-offer", f"{M}/enter", so=there(), then=open_at_1()),
    Scene("passkey-declined", f"{M}/enter", so=there(), then=open_and(press("/passkeys/no"), "/message")),
    Scene("passkeys-none", f"{M}/enter", so=there(), then=open_at_1("/passkeys")),
    Scene("passkeys", f"{M}/enter", so=there(PHONE, LAPTOP, LONG), then=open_at_1("/passkeys")),
    Scene("passkeys-added", f"{M}/enter", so=there(LAPTOP), then=open_at_1("/passkeys?s=added")),
    Scene("passkeys-removed", f"{M}/enter", so=there(LAPTOP), then=open_and(remove)),
    Scene("passkeys-not-made", f"{M}/enter", so=there(refused="wrong"), then=open_and(answer)),
    Scene("passkeys-full", f"{M}/enter", so=there(*TEN), then=open_at_1("/passkeys")),
)
