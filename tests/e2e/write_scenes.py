"""The scenes of people who write first, for the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.e2e.world import M, Scene, World, nothing, open_at_1, press
from tests.support.fakes.access import NOW
from zegel.conversations.replies import Addressee
from zegel.conversations.writing import NotProved, Pending, ProofAsked
from zegel.settings.writing import Published, Write

CLINIC = Published(
    address="cardiologie@kliniek.example",
    name="Cardiologie",
    text="Vragen over uw hart, uw afspraak of uw behandeling.",
    category="Poliklinieken",
)
PUBLISHED = Write(
    addresses=(
        Published(address="balie@kliniek.example", name="Receptie", text="Als u niet weet bij wie u moet zijn."),
        CLINIC,
        Published(address="longen@kliniek.example", name="Longgeneeskunde", category="Poliklinieken"),
        Published(address="privacy@kliniek.example", name="Privacy en uw gegevens", category="Organisatie"),
    )
)
JAN = "jan.jansen@post.example"


def published(so: Callable[[World], Any] = nothing) -> Callable[[World], None]:
    """The organisation publishes addresses."""

    def made(world: World) -> None:
        world.published = PUBLISHED
        world.writing.waits = Pending(JAN, CLINIC, NOW + 3600)
        so(world)

    return made


def wrong(world: World) -> None:
    world.writing.answer = ProofAsked("address")
    world.writing.proved = NotProved("wrong", 9)


def proved(world: World) -> None:
    world.access.facts = {"written_first": True, "sender": "Cardiologie", "sender_address": CLINIC.address}
    world.replies.offered = (Addressee(CLINIC.address, CLINIC.name, always=True),)
    world.replies.first = True


def type_address(page: Page) -> None:
    page.locator("#address").fill("jan.jansen@post")
    press("/write")(page)
    page.locator(".error").wait_for()


def type_password(page: Page) -> None:
    page.locator("#password").fill("abcd-efgh-2345")
    press("/write/password")(page)
    page.locator(".error").wait_for()


WRITING: tuple[Scene, ...] = (
    Scene("write", "/write", so=published()),
    Scene("write-from", f"/write?to={CLINIC.address}", so=published()),
    Scene("write-from-wrong", f"/write?to={CLINIC.address}", so=published(wrong), then=type_address),
    Scene("write-password", "/write/password?s=sent", so=published()),
    Scene("write-password-wrong", "/write/password", so=published(wrong), then=type_password),
    Scene("write-message", f"{M}/enter", so=published(proved), then=open_at_1()),
    Scene("write-again", M, so=published(proved)),
)
