"""A recipient with passkeys, at a portal with HTTPS: shorthand for what tests do all the time."""

from __future__ import annotations

from typing import Any

from tests.support.level2 import BROWSER, Level2
from tests.unit.unlock.authenticator import Authenticator
from zegel.settings.model import Portal
from zegel.unlock.passkeys import Added, PasskeyRefused, Passkeys
from zegel.unlock.way import Opened
from zegel.vault.tables.records import Delivery

HOST = "safe.kliniek.example"


class Keys:
    """The passkeys of a portal with HTTPS."""

    def __init__(self, level2: Level2) -> None:
        self.level2 = level2
        self.passkeys = self.of("https://" + HOST)

    def of(self, url: str, **more: Any) -> Passkeys:
        """A portal at `url`: another process on the same database."""
        core = self.level2.core
        settings = core.settings.model_copy(update={"portal": Portal(url=url, **more)})
        return Passkeys(settings, core.vault, core.access, core.clock)

    def make(self, delivery: Delivery, made: Authenticator | None = None, browser: str = BROWSER) -> Authenticator:
        """A passkey that was made in a session for `delivery`."""
        made = made or Authenticator()
        assert kind(self.add(delivery, made, browser)) == "added"
        return made

    def add(self, delivery: Delivery, made: Authenticator, browser: str = BROWSER) -> Added | PasskeyRefused:
        options = self.passkeys.ask_new(delivery, browser)
        assert isinstance(options, str), options
        return self.passkeys.add(delivery, browser, made.make(options), "Chrome on Windows", "en")

    def ask(self, delivery: Delivery, browser: str = BROWSER) -> str:
        options = self.passkeys.ask(delivery, browser)
        assert isinstance(options, str), options
        return options

    def send(self, delivery: Delivery, answer: str, browser: str = BROWSER) -> str:
        """What comes of an answer: "opened", or why not."""
        return kind(self.passkeys.open(self.level2.link(delivery), answer, browser))

    def use(self, delivery: Delivery, key: Authenticator, **wrong: bytes) -> str:
        return self.send(delivery, key.use(self.ask(delivery), **wrong))


def kind(answer: Opened | Added | PasskeyRefused) -> str:
    return answer.kind if isinstance(answer, PasskeyRefused) else type(answer).__name__.lower()


def kind_of(answer: str | PasskeyRefused) -> str:
    """What came of asking for something to sign: "asked", or why not."""
    return answer.kind if isinstance(answer, PasskeyRefused) else "asked"
