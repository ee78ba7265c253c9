"""Every page of the portal, reached as a person reaches it, with a made-up core behind it.

The tests of pages look at each of them; `python -m tests.e2e.pictures` takes their pictures.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from demo.place import free_ports
from tests.e2e.agreed_scenes import AGREED
from tests.e2e.call_scenes import CALLS
from tests.e2e.passkey_scenes import PASSKEYS
from tests.e2e.reading_scenes import READING
from tests.e2e.reply_scenes import REPLIES
from tests.e2e.trust_scenes import TRUST, both
from tests.e2e.world import (
    M,
    S,
    Scene,
    World,
    asked,
    code_is,
    delivery,
    fail,
    many,
    open_at_1,
    people,
    press,
    set_,
    spoilt,
    type_code,
    type_number,
    without_cookies,
)  # fmt: skip
from tests.e2e.write_scenes import WRITING
from tests.support.fakes.access import NOW
from tests.support.fakes.codes import CODE
from tests.support.fakes.core import fake_core
from tests.support.fakes.sender import JAN, overview
from tests.unit.portal.portal_client import settings_for
from zegel.i18n.languages import Language
from zegel.settings.model import Settings
from zegel.settings.sms import Voice
from zegel.unlock.way import Asked, Refused
from zegel_portal.app import create_app
from zegel_portal.budgets import Budgets, Limits
from zegel_portal.http.server import create_server

CALLING = Voice(url="https://voice.example/calls")
HELP = {"support": "https://www.kliniek.example/hulp", "privacy": "https://www.kliniek.example/privacy"}

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
    Scene("unknown-link", "/m/unknown"),
    Scene("no-such-page", "/nothing"),
    Scene("old-form", M, then=without_cookies),
    Scene("unexpected", S, so=fail),
    Scene("code-landing", M, 2),
    Scene("call-landing", M, 2, so=set_("codes", "called", True)),
    Scene("call-waiting", M, 2, so=set_("codes", "called", True), then=press("/code")),
    Scene(
        "call-wrong", f"{M}/enter", 2, so=both(set_("codes", "called", True), code_is("sent")), then=type_code("654321")
    ),
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
    Scene("code-message", f"{M}/enter", 2, so=code_is("sent"), then=type_code(CODE)),
    Scene("sent", S),
    Scene("sent-gone", S, then=type_number("06 12 34 59 54", sure=True)),
    Scene("sent-wrong-number", S, then=type_number("020 123 45 67")),
    Scene("sent-two-numbers", S, so=people((13, {"state": "waiting", "needs_number": True}))),
    Scene("sent-nothing-to-do", S, so=lambda world: setattr(world.sender, "shown", overview(JAN))),
    Scene("sent-not-my-number", S, so=people((11, {"stopped": "number"}))),
    Scene("sent-locked", S, so=people((11, {"locked": True}))),
    Scene("sent-undeliverable", S, so=people((13, {"state": "undeliverable"}), (12, {"state": "no number"}))),
    Scene("sent-many", S, so=many),
    Scene("sent-found", f"{S}?q=deelnemer11&show=waiting", so=many),
    Scene("sent-nobody-found", f"{S}?q=nobody", so=many),
    Scene("sent-number", f"{S}/number?d=11"),
    Scene("sent-number-sure", S, then=type_number("06 12 34 59 54")),
    Scene("sent-number-abroad", S, then=type_number("+32 470 12 34 56")),
    Scene("sent-recall", f"{S}/recall?d=11"),
    Scene("sent-recall-all", f"{S}/recall"),
    Scene("sent-raise", f"{S}/raise?d=13"),
    Scene("sent-again", S, then=press("/again")),
    Scene("sent-false-alarm", S, then=press("/false-alarm", "sure")),
    Scene("sent-false-alarm-unticked", S, then=press("/false-alarm")),
    Scene("sent-recall-unticked", f"{S}/recall", then=press("/recall")),
    Scene("sent-unblock-unticked", S, so=people((11, {"locked": True})), then=press("/unblock")),
    *READING,
    *REPLIES,
    *PASSKEYS,
    *TRUST,
    *WRITING,
    *AGREED,
    *CALLS,
)


class Gallery:
    """A portal in this process, with a fresh world for each scene."""

    def __init__(self, port: int, languages: tuple[Language, ...]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.settings = _settings(self.url, port, languages)
        self._app: Any = None
        generous = Budgets(Limits(seconds=100_000))  # all scenes share a link, and one person never opens all
        self._server = create_server(self._answer, self.settings, lambda _: True, budgets=generous)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def _answer(self, environ: Any, start: Any) -> Any:
        return self._app(environ, start)

    def show(self, scene: Scene, page: Page) -> World:
        """Brings `page` to the scene."""
        world = World(scene.level)
        scene.so(world)
        parts = {"codes": world.codes, "sender": world.sender, "replies": world.replies}
        parts |= {"conversations": world.conversations, "passkeys": world.passkeys, "trust": world.trust}
        parts |= {"writing": world.writing, "agreed": world.agreed}
        settings = self.settings.model_copy(
            update={
                "organisation": self.settings.organisation.model_copy(update={"website": world.website}),
                "write": world.published,
                "sms": self.settings.sms.model_copy(update={"gateway": "folder", "voice": CALLING})
                if world.calls
                else self.settings.sms,
            }
        )
        self._app = create_app(fake_core(settings, world.access, **parts))
        page.context.clear_cookies()
        page.goto(self.url + scene.path)
        scene.then(page)
        page.wait_for_load_state()
        return world

    def close(self) -> None:
        self._server.close()
        self._thread.join(5)
        self.settings.storage.spool.rmdir()


def _settings(url: str, port: int, languages: tuple[Language, ...]) -> Settings:
    made = settings_for(url, languages=languages, **HELP)
    spool = Path(tempfile.mkdtemp(prefix="zegel-gallery-"))
    return made.model_copy(
        update={
            "portal": made.portal.model_copy(update={"port": port}),
            "storage": made.storage.model_copy(update={"spool": spool}),
        }
    )


@contextmanager
def gallery(languages: tuple[Language, ...] = ("nl", "en")) -> Iterator[Gallery]:
    """The gallery, opened on a free port, with a portal that offers `languages`."""
    (port,) = free_ports(1)
    made = Gallery(port, languages)
    try:
        yield made
    finally:
        made.close()
