"""The core as the portal sees it, with a fake in each place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.agreed import FakeAgreed
from tests.support.fakes.codes import FakeCodes
from tests.support.fakes.passkeys import FakePasskeys
from tests.support.fakes.passwords import FakePasswords
from tests.support.fakes.replies import FakeConversations, FakeReplies
from tests.support.fakes.sender import FakeSender
from tests.support.fakes.trust import FakeTrust
from tests.support.fakes.writing import FakeWriting
from zegel.settings.model import Settings


@dataclass
class FakeCore:
    """What `create_app` takes; what is not given is a fake of its own around `access`."""

    settings: Settings
    access: FakeAccess
    codes: FakeCodes | None = None
    sender: FakeSender | None = None
    replies: FakeReplies | None = None
    conversations: FakeConversations | None = None
    passkeys: FakePasskeys | None = None
    trust: FakeTrust | None = None
    writing: FakeWriting | None = None
    agreed: FakeAgreed | None = None
    passwords: FakePasswords = field(init=False)
    clock: Callable[[], float] = field(init=False)

    def __post_init__(self) -> None:
        self.passwords = FakePasswords(self.access)
        self.codes = self.codes or FakeCodes(self.access)
        self.agreed = self.agreed or FakeAgreed(self.access)
        self.sender = self.sender or FakeSender()
        self.replies = self.replies or FakeReplies()
        self.conversations = self.conversations or FakeConversations()
        self.passkeys = self.passkeys or FakePasskeys(self.access)
        self.trust = self.trust or FakeTrust(self.access)
        self.writing = self.writing or FakeWriting()
        self.clock = lambda: self.access.now


def fake_core(settings: Settings, access: FakeAccess, **parts: Any) -> Any:
    """A FakeCore for where a Core is asked for."""
    return FakeCore(settings, access, **parts)
