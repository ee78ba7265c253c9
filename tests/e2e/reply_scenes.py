"""The scenes of replies and conversations, for the gallery."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.world import M, S, Scene, World, open_at_1, press
from tests.support.fakes.access import NOW, TOKEN
from tests.unit.portal.test_files import PNG, mail
from zegel.conversations.conversations import Entry
from zegel.conversations.replies import Addressee, Draft, Other, ReplyRefused

DAY = 86_400.0
ANNA = "Dr. A. de Boer"
PEOPLE = (
    Addressee("deboer@kliniek.example", ANNA, always=True),
    Addressee("bos@kliniek.example", "Bram Bos", always=False),
    Addressee("secretariaat@kliniek.example", "", always=False),
)
OTHERS = (Other("eva.smit@thuiszorg.example", "Eva Smit", 1), Other("omar@derde.example", "", 2))
TEXT = "Beste dokter De Boer,\n\nDank u wel voor de uitslag. Mag ik donderdag langskomen om hem te bespreken?\n\nJan"


def message(number: int, days: float, state: Any, level: int = 1, subject: str = "Uitslag: mei/juni") -> Entry:
    return Entry("message", number, NOW - days * DAY, ANNA, False, subject, level, state, f"{TOKEN}{number}"[-43:])


def own(number: int, days: float, state: Any, why: str = "") -> Entry:
    return Entry("reply", number, NOW - days * DAY, "Jan", True, "Uitslag: mei/juni", 1, state, "", why)


TALK = (
    message(1, 9, "expired", subject="Uw afspraak"),
    message(2, 3, "opened"),
    own(11, 2.4, "sent"),
    replace(message(7, 0.05, "opened"), link=TOKEN),
    own(12, 0.01, "sending"),
)
TROUBLE = (
    message(2, 3, "recalled"),
    own(11, 2, "failed", "unknown bos@kliniek.example\nlarge deboer@kliniek.example"),
    replace(message(7, 0.05, "opened"), link=TOKEN),
    message(3, 0.01, "new", 2),
)


def talk(*entries: Entry, key: bool = False) -> Callable[[World], None]:
    """What was said, to several people; `key` when the last message of level 2 is to be unlocked first."""

    def so(world: World) -> None:
        world.replies.offered, world.conversations.told = PEOPLE, entries
        world.replies.copies = {11: mail(("Foto 😀.png", "image/png", PNG), body=TEXT)}
        if key:
            world.conversations.key = replace(world.access.delivered, id=3, level=2, way="sms")

    return so


def refused(kind: Any, wait: int = 0) -> Callable[[World], None]:
    """What is sent is refused."""

    def so(world: World) -> None:
        talk(*TALK)(world)
        world.replies.answer = ReplyRefused(kind, wait)

    return so


def kept(world: World) -> None:
    talk(*TALK)(world)
    world.replies.kept = Draft(TEXT, ("bos@kliniek.example",))


def to_others(world: World) -> None:
    """The other recipients may be answered too, and one of them did not get the last one."""
    shared = replace(message(7, 0.05, "opened"), author="Eva Smit via De Kliniek", link=TOKEN)
    mine = replace(own(11, 0.02, "failed", "other omar@derde.example"), others=(OTHERS[0].address, OTHERS[1].address))
    talk(message(2, 3, "opened"), shared, mine)(world)
    world.replies.also = OTHERS


def sender_chooses(world: World) -> None:
    world.replies.to_all.chosen = False


def nobody(world: World) -> None:
    world.replies.offered = ()


def write(text: str = TEXT) -> Callable[[Page], None]:
    """Opens the message, types a reply with a file, and sends it."""

    def act(page: Page) -> None:
        open_at_1("/reply")(page)
        page.locator("#text").fill(text)
        page.locator("#files").set_input_files({"name": "Foto 😀.png", "mimeType": "image/png", "buffer": PNG})
        press("/reply")(page)
        page.locator(".error, .talk").first.wait_for()

    return act


def quoted(page: Page) -> None:
    """Opens the message below the form."""
    open_at_1("/reply")(page)
    page.locator("main summary").click()
    page.frame_locator("iframe.body").locator("p").first.wait_for()


def write_too_much(page: Page) -> None:
    """Adds a file of 27 MB, which is too much for script and server alike."""
    open_at_1("/reply")(page)
    page.locator("#text").fill(TEXT)
    with tempfile.TemporaryDirectory() as folder:
        scan = Path(folder, "Röntgenfoto.tif")
        with scan.open("wb") as file:
            file.truncate(27_000_000)
        page.locator("#files").set_input_files(scan)
        press("/reply")(page)
        page.locator(".error").first.wait_for()


IN = f"{M}/enter"
REPLIES: tuple[Scene, ...] = (
    Scene("message-answer", IN, so=talk(*TALK), then=open_at_1()),
    Scene("reply", IN, so=talk(*TALK), then=open_at_1("/reply")),
    Scene("message-to-all", IN, so=to_others, then=open_at_1()),
    Scene("reply-to-all", IN, so=to_others, then=open_at_1("/reply?all=1")),
    Scene("conversation-to-all", IN, so=to_others, then=open_at_1("/conversation")),
    Scene("sent-to-all", S, so=sender_chooses),
    Scene("sent-to-all-unticked", S, so=sender_chooses, then=press("/to-all")),
    Scene("reply-kept", IN, so=kept, then=open_at_1("/reply")),
    Scene("reply-nobody", IN, so=nobody, then=open_at_1("/reply")),
    *(
        Scene(f"reply-{kind}", IN, so=refused(kind, 1200 if kind == "often" else 0), then=write(text))
        for kind, text in (
            ("empty", ""), ("long", "a" * 100_100), ("many", TEXT), ("often", TEXT),
            ("addressee", TEXT),
        )
    ),
    Scene("reply-large", IN, so=talk(*TALK), then=write_too_much),
    Scene("reply-quoted", IN, so=talk(*TALK), then=quoted),
    Scene("landing-draft", f"{M}?s=draft&to=reply"),
    Scene("reply-sent", IN, so=talk(*TALK), then=write()),
    Scene("conversation", IN, so=talk(*TALK), then=open_at_1("/conversation")),
    Scene("conversation-trouble", IN, so=talk(*TROUBLE, key=True), then=open_at_1("/conversation")),
    Scene("own-reply", IN, so=talk(*TALK), then=open_at_1("/reply/11")),
    Scene("own-reply-gone", IN, so=talk(*TALK), then=open_at_1("/reply/99")),
)  # fmt: skip
