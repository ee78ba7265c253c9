"""The scenes of trust: own settings, remembered devices, and what can be said with the link alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page

from tests.e2e.world import M, S, Scene, World, code_is, delivery, open_at_1, people, press, set_
from tests.support.fakes.access import NOW
from tests.support.fakes.sender import JAN, overview
from tests.support.fakes.trust import DEVICE_LINK, LAPTOP, PHONE
from zegel.recipients.preferences import Person
from zegel.unlock.feedback import Seen
from zegel.unlock.way import Asked

D = f"/d/{DEVICE_LINK}"
MONTH = 30 * 86_400.0
SEEN = Seen((NOW - 7200, NOW - 60), taken=True)


def tick(end: str, value: str = "") -> Callable[[Page], None]:
    """Ticks the box (or the one with this value) in the form to an address with this end, and presses its button."""

    def act(page: Page) -> None:
        boxes = page.locator(f'main form[action$="{end}"] .choice input' + (f'[value="{value}"]' if value else ""))
        boxes.first.check()
        press(end)(page)

    return act


def trust(part: str, name: str, value: Any) -> Callable[[World], None]:
    """Sets something of a recipient's people, devices or voice before the scene."""
    return lambda world: setattr(getattr(world.trust, part), name, value)


def both(*so: Callable[[World], None]) -> Callable[[World], None]:
    """Several things before the scene."""

    def act(world: World) -> None:
        for each in so:
            each(world)

    return act


def type_phrase(words: str) -> Callable[[Page], None]:
    """Opens the message, goes to the settings and saves a phrase."""

    def act(page: Page) -> None:
        open_at_1("/you")(page)
        page.locator("#phrase").fill(words)
        press("/you/phrase")(page)

    return act


REMEMBERING = trust("devices", "seconds", MONTH)
DEVICES = trust("devices", "all", [PHONE, LAPTOP])
EXPIRED = delivery(state="expired")
ASKED_FOR: dict[str, Any] = {"state": "expired", "asked_at": NOW - 7200, "actions": frozenset[str]()}


def _over(world: World, **answers: Any) -> None:
    world.sender.over = True
    world.sender.shown = overview(replace(JAN, **ASKED_FOR), expires_at=NOW - 60, extends_to=NOW + MONTH)
    world.sender.answers |= answers


TRUST: tuple[Scene, ...] = (
    Scene("not-for-me", f"{M}/not-mine"),
    Scene("not-for-me-unticked", f"{M}/not-mine", then=press("/not-mine")),
    Scene("not-for-me-told", f"{M}/not-mine", then=tick("/not-mine")),
    Scene("not-my-number", f"{M}/not-mine", 2),
    Scene("not-my-number-unticked", f"{M}/not-mine", 2, then=press("/not-mine")),
    Scene("not-my-number-told", f"{M}/not-mine", 2, then=tick("/not-mine", "number")),
    Scene("not-asked", f"{M}/not-asked"),
    Scene("not-asked-unticked", f"{M}/not-asked", then=press("/not-asked")),
    Scene("not-asked-done", f"{M}/not-asked", so=trust("feedback", "quiet", NOW + 3600), then=tick("/not-asked")),
    Scene("not-asked-seen", f"{M}/not-asked", so=trust("feedback", "saw", SEEN), then=tick("/not-asked")),
    Scene("not-asked-code", f"{M}/not-asked", 2),
    Scene("enter-quiet", M, so=set_("access", "asked", Asked("quiet", 3000)), then=press("/password")),
    Scene("code-quiet", M, 2, so=set_("codes", "asked", Asked("quiet", 3000)), then=press("/code")),
    Scene("expired", M, so=EXPIRED),
    Scene("expired-asked", M, so=EXPIRED, then=press("/ask-sender")),
    Scene("expired-enough", M, so=both(EXPIRED, trust("feedback", "state", "enough"))),
    Scene("recalled", M, so=delivery(state="recalled")),
    Scene("landing-website", M, so=lambda world: setattr(world, "website", "www.kliniek.example")),
    Scene("landing-remembered", M, so=both(REMEMBERING, trust("devices", "knows_all", True))),
    Scene("landing-out-remembered", f"{M}?s=out", so=both(REMEMBERING, trust("devices", "knows_all", True))),
    Scene("enter-remember", f"{M}/enter", so=REMEMBERING),
    Scene("code-remember", f"{M}/enter", 2, so=both(REMEMBERING, code_is("sent"))),
    Scene("landing-everywhere", f"{M}?s=everywhere"),
    Scene("you", f"{M}/enter", so=both(REMEMBERING, DEVICES, trust("people", "chosen", Person("blauwe fiets"))),
          then=open_at_1("/you")),
    Scene("you-nothing", f"{M}/enter", then=open_at_1("/you")),
    Scene("you-passkeys", f"{M}/enter", so=set_("passkeys", "offered", True), then=open_at_1("/you")),
    Scene("you-phrase", f"{M}/enter", then=type_phrase("blauwe fiets")),
    Scene("you-phrase-wrong", f"{M}/enter", then=type_phrase("www.kliniek.example/inloggen")),
    Scene("device", D, so=both(REMEMBERING, DEVICES)),
    Scene("device-unticked", D, so=both(REMEMBERING, DEVICES), then=press(D)),
    Scene("device-gone", D, so=both(REMEMBERING, DEVICES), then=tick(D)),
    Scene("device-unknown", D),
    Scene("sent-not-for-me", S, so=people((11, {"stopped": "person", "actions": frozenset(["recall", "resume"])}))),
    Scene("sent-resumed", S, so=people((11, {"stopped": "person", "actions": frozenset(["recall", "resume"])})),
          then=press("/resume", "sure")),
    Scene("sent-asked-for", S, so=people((11, ASKED_FOR | {"state": "recalled"}))),
    Scene("sent-expired", S, so=lambda world: setattr(world.sender, "over", True)),
    Scene("sent-expired-asked", S, so=_over),
    Scene("sent-expired-extend", S, so=lambda world: _over(world, **{"can extend": True})),
)  # fmt: skip
