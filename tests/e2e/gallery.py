"""Every page of the portal, reached as a person reaches it, with a made-up core behind it.

The tests of pages look at each of them; `python -m tests.e2e.pictures` takes their pictures.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import waitress
from playwright.sync_api import Page

from demo.place import free_ports
from tests.unit.fake_access import NOW, PASSWORD, TOKEN, FakeAccess
from tests.unit.fake_codes import CODE, FakeCodes, progress
from tests.unit.fake_replies import FakeConversations, FakeReplies
from tests.unit.fake_passkeys import LAPTOP, PHONE, FakePasskeys
from tests.unit.fake_sender import EVA, JAN, LINK, FakeSender, overview, person
from tests.unit.portal_client import settings_for
from tests.unit.test_portal_files import PNG, a_pdf, mail
from zegel.access import Asked, Refused
from zegel.codes import CodeAsked, CodeRefused
from zegel_portal.app import create_app

M, S = f"/m/{TOKEN}", f"/s/{LINK}"
HELP = {"support": "https://www.kliniek.example/hulp", "privacy": "https://www.kliniek.example/privacy"}
HTML = "<p>Beste Jan,</p><p>De uitslag is <b>goed</b>. Zie <a href='https://kliniek.example'>onze site</a>.</p>"


@dataclass
class World:
    """What stands behind the pages of one scene."""

    level: int = 1
    access: FakeAccess = field(default_factory=FakeAccess)
    codes: FakeCodes = field(init=False)
    sender: FakeSender = field(default_factory=FakeSender)
    passkeys: FakePasskeys = field(init=False)

    def __post_init__(self) -> None:
        self.access.delivered = replace(self.access.delivered, level=self.level)
        self.access.raw = mail(
            ("Uitslag 12 mei.pdf", "application/pdf", a_pdf(2)), ("Foto.png", "image/png", PNG),
            ("Advies.txt", "text/plain", b"Drink veel water.\n" * 40), ("Model.bin", "application/x-thing", b"\0\1"),
            html=HTML,
        )  # fmt: skip
        self.codes, self.passkeys = FakeCodes(self.access), FakePasskeys(self.access)

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


def press(end: str) -> Callable[[Page], None]:
    """Presses the button of the first form whose address ends like this, in any language."""
    return lambda page: page.locator(f'main form[action$="{end}"] button[type=submit]').first.click()


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


def type_number(number: str) -> Callable[[Page], None]:
    """Types a mobile number and sends it."""

    def act(page: Page) -> None:
        page.locator("input[type=tel]").first.fill(number)
        page.locator("main form").first.get_by_role("button").click()

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
        world.codes.now, world.codes.refusal = progress("sent"), CodeRefused(kind)
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
        world.codes.asked, world.codes.now = CodeAsked(kind, wait), progress(now)

    return so


SCENES: tuple[Scene, ...] = (
    Scene("home", "/"),
    Scene("landing", M),
    Scene("landing-subject", M, so=set_("access", "facts", {"subject": "Uitslag van het onderzoek", "scope": "files"})),
    Scene("landing-out", f"{M}?s=out"),
    Scene("landing-again", f"{M}?s=again"),
    Scene("enter", M, then=press("/password")),
    Scene("enter-recent", M, so=set_("access", "asked", Asked("recent", 42)), then=press("/password")),
    Scene("enter-limit", M, so=set_("access", "asked", Asked("limit", 500)), then=press("/password")),
    Scene("enter-wrong", f"{M}/enter", so=set_("access", "refusal", Refused("wrong", tries_left=8)), then=open_at_1()),
    Scene("enter-empty", f"{M}/enter", then=press("/enter")),
    Scene("enter-busy", f"{M}/enter", so=set_("access", "refusal", Refused("busy")), then=open_at_1()),
    Scene("paused", M, so=delivery(paused_until=NOW + 900)),
    Scene("message", f"{M}/enter", then=open_at_1()),
    Scene("everything", f"{M}/enter", then=open_at_1("/zip")),
    Scene("preview-pdf", f"{M}/enter", then=open_at_1("/preview/1")),
    Scene("preview-picture", f"{M}/enter", then=open_at_1("/preview/2")),
    Scene("preview-text", f"{M}/enter", then=open_at_1("/preview/3")),
    Scene("preview-none", f"{M}/enter", then=open_at_1("/preview/4")),
    Scene("no-such-file", f"{M}/enter", then=open_at_1("/preview/9")),
    Scene("no-session", f"{M}/file/1"),
    Scene("expired", M, so=delivery(state="expired")),
    Scene("recalled", M, so=delivery(state="recalled")),
    Scene("unknown-link", "/m/unknown"),
    Scene("no-such-page", "/nothing"),
    Scene("old-form", M, then=without_cookies),
    Scene("unexpected", S, so=fail),
    Scene("code-landing", M, 2),
    Scene("code-landing-has-one", M, 2, so=code_is("sent")),
    Scene("code-landing-again", f"{M}?s=again", 2),
    Scene("code-waiting", M, 2, then=press("/code")),
    Scene("code-sent", f"{M}/enter", 2, so=code_is("sent")),
    Scene("code-delivered", f"{M}/enter", 2, so=code_is("delivered")),
    Scene("code-trouble", f"{M}/enter", 2, so=code_is("trouble")),
    Scene("code-unsure", f"{M}/enter", 2, so=code_is("unsure")),
    Scene("code-failed", f"{M}/enter", 2, so=code_is("failed")),
    Scene("code-none", f"{M}/enter", 2),
    Scene("code-again", M, 2, so=asked("again", now="sent"), then=press("/code")),
    Scene("code-recent", M, 2, so=asked("recent", 25, "sent"), then=press("/code")),
    Scene("code-wait", M, 2, so=asked("wait", 25), then=press("/code")),
    Scene("code-limit", M, 2, so=asked("limit", 500), then=press("/code")),
    Scene("code-cap", M, 2, so=asked("cap", 9000), then=press("/code")),
    Scene("code-off", M, 2, so=asked("off"), then=press("/code")),
    Scene("code-wrong", f"{M}/enter", 2, so=code_is("sent"), then=type_code("654321")),
    Scene("code-empty", f"{M}/enter", 2, so=code_is("sent"), then=press("/enter")),
    Scene("code-spent", f"{M}/enter", 2, so=spoilt("spent"), then=type_code(CODE)),
    Scene("code-expired", f"{M}/enter", 2, so=spoilt("expired"), then=type_code(CODE)),
    Scene("code-used", f"{M}/enter", 2, so=spoilt("used"), then=type_code(CODE)),
    Scene("code-elsewhere", f"{M}/enter", 2, so=spoilt("elsewhere"), then=type_code(CODE)),
    Scene("code-locked", M, 2, so=delivery(locked_at=NOW)),
    Scene("code-no-number", M, 2, so=set_("codes", "known", "")),
    Scene("not-my-number", f"{M}/not-mine?why=number", 2),
    Scene("not-my-number-told", f"{M}/not-mine?why=number", 2, then=press("/not-mine")),
    Scene("not-for-me", f"{M}/not-mine?why=person", 2),
    Scene("not-for-me-told", f"{M}/not-mine?why=person", 2, then=press("/not-mine")),
    Scene("code-message", f"{M}/enter", 2, so=code_is("sent"), then=type_code(CODE)),
    Scene("sent", S),
    Scene("sent-gone", S, then=type_number("06 12 34 59 54")),
    Scene("sent-wrong-number", S, then=type_number("020 123 45 67")),
    Scene("sent-two-numbers", S, so=people((13, {"state": "waiting", "needs_number": True}))),
    Scene("sent-nothing-to-do", S, so=lambda world: setattr(world.sender, "shown", overview(JAN))),
    Scene("sent-not-my-number", S, so=people((11, {"stopped": "number"}))),
    Scene("sent-not-for-me", S, so=people((11, {"stopped": "person"}))),
    Scene("sent-locked", S, so=people((11, {"locked": True}))),
    Scene("sent-undeliverable", S, so=people((13, {"state": "undeliverable"}), (12, {"state": "no number"}))),
    Scene("sent-many", S, so=many),
    Scene("sent-number", f"{S}/number?d=11"),
    Scene("sent-recall", f"{S}/recall?d=11"),
    Scene("sent-recall-all", f"{S}/recall"),
    Scene("sent-raise", f"{S}/raise?d=13"),
    Scene("sent-again", S, then=press("/again")),
    Scene("sent-false-alarm", S, then=press("/false-alarm")),
    Scene("sent-expired", S, so=lambda world: setattr(world.sender, "over", True)),
)


class Gallery:
    """A portal in this process, with a fresh world for each scene."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.settings = settings_for(self.url, **HELP)
        self._app: Any = None
        self._server = waitress.create_server(self._answer, host="127.0.0.1", port=port, threads=4)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def _answer(self, environ: Any, start: Any) -> Any:
        return self._app(environ, start)

    def show(self, scene: Scene, page: Page) -> World:
        """Brings `page` to the scene."""
        world = World(scene.level)
        scene.so(world)
        core: list[Any] = [world.access, world.codes, world.sender, FakeReplies(), FakeConversations()]
        self._app = create_app(self.settings, *core, passkeys=world.passkeys, clock=lambda: NOW)
        page.context.clear_cookies()
        page.goto(self.url + scene.path)
        scene.then(page)
        page.wait_for_load_state()
        return world

    def close(self) -> None:
        self._server.close()
        self._thread.join(5)


@contextmanager
def gallery() -> Iterator[Gallery]:
    """The gallery, opened on a free port."""
    made = Gallery(*free_ports(1))
    try:
        yield made
    finally:
        made.close()
