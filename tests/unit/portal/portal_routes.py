"""Every address of the portal, from its own table of routes, so that a new one is tested without a word here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.fakes.access import TOKEN, FakeAccess
from tests.support.fakes.codes import REFERENCE, FakeCodes, at_level_2, progress
from tests.support.fakes.passkeys import FakePasskeys
from tests.support.fakes.replies import FakeConversations, FakeReplies
from tests.support.fakes.sender import LINK, FakeSender
from tests.support.fakes.trust import DEVICE_LINK, PHONE, FakeTrust
from tests.unit.portal.portal_client import Answer, Client, M, client_for, settings_for
from zegel.settings.model import Settings

MAIL = (
    b"From: Anna <anna@kliniek.example>\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\ngeheim\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\n\x89PNG\r\n\x1a\nabc\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\nhallo\r\n"
    b"--b--\r\n"
)
"""A text, a picture (place 1) and a mail (place 2)."""
TOKENS = {"m": TOKEN, "s": LINK, "d": DEVICE_LINK}
"""A good link of each kind: a recipient's, a sender's, a device's."""
INSIDE, OUTSIDE = "S" * 43, "B" * 43
"""The cookies of a browser that has unlocked the message, and of one that has not."""
_PART = re.compile(r"<(\w+)(?::(\w+))?[^>]*>")


@dataclass(frozen=True)
class Address:
    """A route with something real in the places of its rule."""

    method: str
    rule: str
    place: str = "1"

    @property
    def kind(self) -> str:
        """Whose link it takes, "" when it takes none."""
        found = re.search(r"/(\w)/<token>", self.rule)
        return found[1] if found else ""

    @property
    def path(self) -> str:
        known = {"token": TOKENS.get(self.kind, "x"), "reference": REFERENCE}
        return _PART.sub(lambda part: known.get(part[1], self.place if part[1] == "place" else "1"), self.rule)

    @property
    def token(self) -> str:
        return TOKENS[self.kind]


@dataclass
class World:
    """A portal with one message, a browser at it, and all that it could change."""

    level: int = 1
    settings: Settings = field(default_factory=settings_for)
    access: FakeAccess = field(init=False)
    browser: Client = field(init=False)

    def __post_init__(self) -> None:
        self.access = at_level_2() if self.level == 2 else FakeAccess()
        self.access.raw = MAIL
        self.access.open_in.add(INSIDE)
        trust = FakeTrust(self.access)
        trust.devices.all = [PHONE]
        self._core: tuple[Any, ...] = (
            FakeCodes(self.access, now=progress("sent")),
            FakeSender(),
            FakeReplies(copies={1: MAIL}),
            FakeConversations(),
        )
        self._more: dict[str, Any] = {"passkeys": FakePasskeys(self.access), "trust": trust}
        self.browser = client_for(self.access, self.settings, *self._core, **self._more)
        self.browser.host = self.settings.portal.url.partition("//")[2]

    @property
    def cookie_name(self) -> str:
        return "__Host-zegel" if self.settings.portal.secure else "zegel"

    def come(self, cookie: str) -> None:
        """The browser has this cookie and no other."""
        self.browser.cookies = {self.cookie_name: cookie} if cookie else {}

    def proof(self, address: Address, cookie: str) -> str:
        """What a form of this address's pages brings from a browser with this cookie."""
        return self.access.csrf(cookie, address.token)

    def state(self) -> str:
        """Everything that was done or changed."""
        return repr((self.access, self._core, self._more))

    def addresses(self) -> list[Address]:
        """All routes of the portal, in its order; what takes a place in a mail for a picture and for a mail."""
        return [
            Address(route.method, route.rule, place)
            for route in self.browser.app.routes
            for place in ("1", "2")
            if place == "1" or "<place" in route.rule
        ]


def answers(settings: Settings) -> Iterator[tuple[str, Answer]]:
    """An answer of every route, at both levels, with and without a session, of HEAD, and of every kind of refusal."""
    for level in (1, 2):
        for inside in (False, True):
            yield from _of_all_routes(World(level, settings), inside)
    world = World(1, settings)
    for path in ("/no", "/m/no", "/s/no", "/d/no", "/m/\xff", "/static/../main.py", "/sms-report/no", "/%2e%2e/", "//"):
        yield f"GET {path}", world.browser.get(path)
    for method in ("OPTIONS", "TRACE", "CONNECT", "DELETE", "PUT", "PROPFIND", "X"):
        yield method, world.browser.call(method, M)
    for state in ("recalled", "cleared", "expired"):
        world.access.end(state)
        yield state, world.browser.get(M)


def _of_all_routes(world: World, inside: bool) -> Iterator[tuple[str, Answer]]:
    jan, cookie = world.browser, INSIDE if inside else OUTSIDE
    for each in world.addresses():
        name = f"{each.method} {each.place} {each.rule}, level {world.level}, {'in' if inside else 'out'}"

        def come(cookie: str = cookie) -> Client:
            world.access.open_in.add(INSIDE)
            world.come(cookie)
            return jan

        if each.method == "GET":
            yield name, come().get(each.path)
            yield f"HEAD: {name}", come().call("HEAD", each.path)
            yield f"another language: {name}", come().get(f"{each.path}?lang=en")
            yield f"a new browser: {name}", come("").get(each.path)
        elif each.kind:
            yield f"without proof: {name}", come().post(each.path, {})
            yield name, come().post(each.path, {"csrf": world.proof(each, cookie)})
        if inside:
            world.access.fail = ValueError("broken")
            yield f"broken: {name}", come().call(each.method, each.path)
            world.access.fail = None
        elif world.level == 1:
            yield f"too large: {name}", come().post(each.path, {"x": "y" * 70_000})
            yield f"another host: {name}", come().call(each.method, each.path, HTTP_HOST="evil.example")
            yield f"another method: {name}", come().call("PATCH", each.path)
