"""The pages of agreed codes: the sender's that sets one, and the recipient's that asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playwright.sync_api import Page

from tests.e2e.world import M, S, Scene, World, press
from tests.support.fakes.access import NOW
from tests.support.fakes.agreed import CODE
from tests.support.fakes.sender import JAN, overview

QUESTION = "Wat stond er op de tafel toen we elkaar spraken?"


def opens(**facts: Any) -> Any:
    """The delivery opens with an agreed code; `question` and `known` are of the code, the rest of the delivery."""

    def so(world: World) -> None:
        world.agreed.asks, world.agreed.known = facts.get("question", ""), facts.get("known", True)
        rest = {name: value for name, value in facts.items() if name not in ("question", "known")}
        world.delivery(level=2, way="agreed", **rest)

    return so


def type_agreed(code: str) -> Any:
    def act(page: Page) -> None:
        page.locator("#agreed").fill(code)
        press("/enter")(page)

    return act


def came(answer: str, *, agreed: bool = False) -> Any:
    """What setting a code comes to."""

    def so(world: World) -> None:
        world.sender.answers["agree"] = answer
        if agreed:
            world.sender.shown = overview(replace(JAN, way="agreed", agreed=True, may_agree=True, number=""))

    return so


def numbered(world: World) -> None:
    world.sender.shown = overview(replace(JAN, may_agree=True))


AGREED: tuple[Scene, ...] = (
    Scene("agreed", M, 2, so=opens()),
    Scene("agreed-question", M, 2, so=opens(question=QUESTION)),
    Scene("agreed-again", f"{M}?s=again", 2, so=opens()),
    Scene("agreed-wrong", M, 2, so=opens(), then=type_agreed("groene peer 4827")),
    Scene("agreed-empty", M, 2, so=opens(question=QUESTION), then=press("/enter")),
    Scene("agreed-message", M, 2, so=opens(), then=type_agreed(CODE)),
    Scene("agreed-locked", M, 2, so=opens(locked_at=NOW)),
    Scene("agreed-withdrawn", M, 2, so=opens(known=False)),
    Scene("agree", f"{S}/agree?d=12"),
    Scene("agree-instead", f"{S}/agree?d=11", so=numbered),
    Scene("agree-another", f"{S}/agree?d=11", so=came("changed", agreed=True)),
    Scene("agree-weak", f"{S}/agree?d=12", so=came("weak"), then=press("/agree", "sure")),
    Scene("agree-told", f"{S}/agree?d=12", so=came("told"), then=press("/agree", "sure")),
    Scene("agree-busy", f"{S}/agree?d=12", so=came("busy"), then=press("/agree", "sure")),
    Scene("agree-unticked", f"{S}/agree?d=12", then=press("/agree")),
    Scene("sent-agreed-gone", f"{S}/agree?d=12", then=press("/agree", "sure")),
    Scene("sent-agreed", S, so=came("changed", agreed=True)),
)
