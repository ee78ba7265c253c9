"""The console for tests: a real core on disk, browsers that call it as WSGI, and passkeys in software."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.cast import Built, build
from tests.unit.portal.portal_client import Answer, Client
from tests.unit.unlock.authenticator import Authenticator
from zegel.vault.tables.schema import Event
from zegel_console.app import create_app

OFFICER = "fg@kliniek.example"
ADMINISTRATOR = "ict@kliniek.example"
URL = "https://console.kliniek.example"
SETTINGS = f"""\
console:
  url: {URL}
  officers: [Fg@Kliniek.example]
  administrators: [{ADMINISTRATOR}]
"""


@dataclass
class Browser(Client):
    """A browser at the console."""

    host: str = "console.kliniek.example"
    passkey: Authenticator = field(default_factory=lambda: Authenticator(origin=URL))

    def form(self, page: str) -> str:
        """The hidden field that the forms of a page bring along."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def send(self, page: str, action: str, **fields: str) -> Answer:
        """Fills in a form of `page`."""
        return self.post(action, {"csrf": self.form(page), **fields})

    def make_passkey(self) -> Answer:
        options = self.send("/passkeys", "/passkeys/ask").text
        return self.send("/passkeys", "/passkeys", answer=self.passkey.make(options))

    def use_passkey(self, page: str = "/sign-in", to: str = "") -> Answer:
        options = self.send(page, "/passkey/ask").text
        return self.send(page, f"/passkey{to}", answer=self.passkey.use(options))


@dataclass
class Office:
    """A house with a console."""

    built: Built
    app: Any

    def browser(self) -> Browser:
        return Browser(self.app)

    def passwords(self) -> list[tuple[str, str]]:
        """Whom a password was sent to, and which, oldest first."""
        vault = self.built.core.vault
        items = [item for item in vault.store.outbox.list(["due"]) if item.kind == "console-password"]
        found = [vault.payload(each.id, 0, each.payload, self.built.clock()) for each in items]
        return [(each["to"], each["password"]) for each in found]

    def events(self) -> list[tuple[str, str]]:
        """Kind and actor of what the console noted, oldest first."""
        query = Event.select(Event.kind, Event.actor).order_by(Event.id)
        return list(query.tuples().execute(self.built.core.vault.store.database))

    def signed_in(self, address: str = OFFICER, *, strong: bool = False) -> Browser:
        """A browser that came in by a password, and with `strong` made a passkey."""
        browser = self.browser()
        self.built.clock.pass_(1)  # the outbox is read in the order of time
        browser.send("/sign-in", "/sign-in", address=address)
        entered = browser.send("/enter", "/enter", password=self.passwords()[-1][1])
        assert entered.status == 303, entered.text
        if strong:
            assert browser.make_passkey().header("Location") == "/passkeys?s=added"
        return browser


@contextmanager
def office(folder: Path, more: str = SETTINGS) -> Iterator[Office]:
    """Ends its threads and workers too: what polls a database goes on into the next tests."""
    built = build(folder, more)
    app = create_app(built.core)
    yield Office(built, app)
    app.config["zegel.rules"].close()
    built.core.close()
