"""What the scenes of the gallery are made of: a made-up core, and what a person does on a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from playwright.sync_api import Page

from tests.support.fakes.access import PASSWORD, TOKEN, FakeAccess
from tests.support.fakes.agreed import FakeAgreed
from tests.support.fakes.codes import FakeCodes, progress
from tests.support.fakes.passkeys import FakePasskeys
from tests.support.fakes.replies import FakeConversations, FakeReplies
from tests.support.fakes.sender import EVA, LINK, FakeSender, overview, person
from tests.support.fakes.trust import FakeTrust
from tests.support.fakes.writing import FakeWriting
from tests.unit.portal.test_files import PNG, a_pdf, mail
from zegel.settings.writing import Write
from zegel.unlock.way import Asked, Refused
from zegel.way_names import way_of

M, S = f"/m/{TOKEN}", f"/s/{LINK}"
HTML = "<p>Beste Jan,</p><p>De uitslag is <b>goed</b>. Zie <a href='https://kliniek.example'>onze site</a>.</p>"


@dataclass
class World:
    """What stands behind the pages of one scene."""

    level: int = 1
    access: FakeAccess = field(default_factory=FakeAccess)
    codes: FakeCodes = field(init=False)
    agreed: FakeAgreed = field(init=False)
    sender: FakeSender = field(default_factory=FakeSender)
    passkeys: FakePasskeys = field(init=False)
    replies: FakeReplies = field(default_factory=FakeReplies)
    conversations: FakeConversations = field(default_factory=FakeConversations)
    trust: FakeTrust = field(init=False)
    writing: FakeWriting = field(default_factory=FakeWriting)
    published: Write = field(default_factory=Write)
    website: str = ""
    """The organisation's own site."""
    calls: bool = False
    """Whether landlines are called."""

    def __post_init__(self) -> None:
        self.access.delivered = replace(self.access.delivered, level=self.level, way=way_of(self.level))
        self.access.raw = mail(
            ("Uitslag 12 mei.pdf", "application/pdf", a_pdf(2)), ("Foto.png", "image/png", PNG),
            ("Advies.txt", "text/plain", b"Drink veel water.\n" * 40), ("Model.bin", "application/x-thing", b"\0\1"),
            html=HTML,
        )  # fmt: skip
        self.codes, self.passkeys = FakeCodes(self.access), FakePasskeys(self.access)
        self.trust, self.agreed = FakeTrust(self.access), FakeAgreed(self.access)

    def delivery(self, **facts: Any) -> None:
        self.access.delivered = replace(self.access.delivered, **facts)


def nothing(_: Any) -> None:
    """No more to prepare, or to do."""


@dataclass(frozen=True)
class Scene:
    """A page: what is so, where one goes, and what one does there to see it."""

    name: str
    path: str
    level: int = 1
    so: Callable[[World], None] = nothing
    then: Callable[[Page], None] = nothing


def press(end: str, box: str = "") -> Callable[[Page], None]:
    """Presses the button of the first form whose address ends like this, in any language, folded in or not.

    Ticks the box with the name `box` first.
    """

    def act(page: Page) -> None:
        form = page.locator(f'main form[action$="{end}"]').first
        outside = f'button[form="{form.get_attribute("id")}"]'
        button = page.locator(f'main form[action$="{end}"] button[type=submit], main {outside}').first
        if not button.is_visible():
            folded = "main details:not([open])"
            page.locator(
                f'{folded}:has(form[action$="{end}"]) > summary, {folded}:has({outside}) > summary'
            ).first.click()
        if box:
            form.locator(f"input[name={box}]").check()
        button.click()

    return act


def open_at_1(then: str = "") -> Callable[[Page], None]:
    """Opens the message with its password, and goes on to another page."""

    def act(page: Page) -> None:
        page.locator("#password").fill(PASSWORD)
        press("/enter")(page)
        if then:
            page.goto(page.url.replace("/message", then))

    return act


def type_code(code: str) -> Callable[[Page], None]:
    """Types a code and sends it."""

    def act(page: Page) -> None:
        page.locator("#code").fill(code)
        press("/enter")(page)

    return act


def type_number(number: str, *, sure: bool = False) -> Callable[[Page], None]:
    """Types a mobile number, and sends it when it is sure."""

    def act(page: Page) -> None:
        page.locator("input[type=tel]").first.fill(number)
        page.locator("main form").first.get_by_role("button").click()
        if sure:
            page.locator("button[name=sure]").click()

    return act


def without_cookies(page: Page) -> None:
    """Loses the cookies and presses the first button."""
    page.context.clear_cookies()
    page.locator("main form button.primary").click()


def set_(what: str, name: str, value: Any) -> Callable[[World], None]:
    """Sets something of the world before the scene."""
    return lambda world: setattr(getattr(world, what), name, value)


def delivery(**facts: Any) -> Callable[[World], None]:
    """Changes the delivery before the scene."""
    return lambda world: world.delivery(**facts)


def code_is(kind: str, **more: Any) -> Callable[[World], None]:
    """A code was asked for, and this is where it is."""
    return set_("codes", "now", progress(kind, **more))


def spoilt(kind: Any) -> Callable[[World], None]:
    """There is a code, but what is typed is refused, and then there is none."""

    def so(world: World) -> None:
        world.codes.now, world.codes.refusal = progress("sent"), Refused(kind)
        world.codes.spoils = True

    return so


def people(*changes: tuple[int, dict[str, Any]]) -> Callable[[World], None]:
    """Changes recipients of the sender's page, by delivery."""

    def so(world: World) -> None:
        for delivery_id, facts in changes:
            world.sender.change(delivery_id, **facts)

    return so


def many(world: World) -> None:
    everyone = [person(100 + n, f"deelnemer{n}@elders.example") for n in range(120)]
    world.sender.shown = overview(EVA, *everyone)


def fail(world: World) -> None:
    world.sender.fail = ValueError("broken")


def asked(kind: Any, wait: int = 0, now: str = "none") -> Callable[[World], None]:
    """What asking for a code brings, and where the code is."""

    def so(world: World) -> None:
        world.codes.asked, world.codes.now = Asked(kind, wait), progress(now)

    return so
