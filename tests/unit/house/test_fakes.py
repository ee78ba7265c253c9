"""The fakes have the methods and parameters of what they stand for, so that a test with one means something."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from tests.support.fakes.access import FakeAccess
from tests.support.fakes.agreed import FakeAgreed
from tests.support.fakes.codes import FakeCodes
from tests.support.fakes.passkeys import FakePasskeys
from tests.support.fakes.passwords import FakePasswords
from tests.support.fakes.replies import FakeConversations, FakeReplies, FakeToAll
from tests.support.fakes.sender import FakeSender
from tests.support.fakes.trust import FakeDevices, FakeFeedback, FakePeople
from tests.support.fakes.writing import FakeWriting
from tests.support.level2 import FakeGateway, FakePostfix
from zegel.conversations.conversations import Conversations
from zegel.conversations.replies import Replies
from zegel.conversations.reply_all import ReplyAll
from zegel.conversations.writing import Writing
from zegel.recipients.preferences import People
from zegel.senders.pages import SenderPages
from zegel.sms.kannel import KannelGateway
from zegel.unlock.access import Access
from zegel.unlock.agreed_way import AgreedWay
from zegel.unlock.feedback import Feedback
from zegel.unlock.passkeys import Passkeys
from zegel.unlock.password_way import Passwords
from zegel.unlock.remembered_devices import Devices
from zegel.unlock.sms_codes import Codes
from zegel_courier.submission import Submission

REAL = {
    FakeAccess: Access,
    FakeCodes: Codes,
    FakeAgreed: AgreedWay,
    FakePasswords: Passwords,
    FakePasskeys: Passkeys,
    FakeReplies: Replies,
    FakeToAll: ReplyAll,
    FakeConversations: Conversations,
    FakeSender: SenderPages,
    FakePeople: People,
    FakeDevices: Devices,
    FakeFeedback: Feedback,
    FakeGateway: KannelGateway,
    FakePostfix: Submission,
    FakeWriting: Writing,
}
FOR_TESTS = {(FakeAccess, "end"), (FakeSender, "change")}
"""What tests call to bring a fake into a state."""
BUNDLES = {"FakeTrust", "FakeCore"}
"""Fakes that only hold others."""
FOLDER = Path(__file__).parents[2] / "support"


@pytest.mark.parametrize("fake", REAL, ids=lambda fake: fake.__name__)
def test_a_fake_is_called_as_the_real_one_is(fake: type) -> None:
    fields = getattr(fake, "__dataclass_fields__", {})  # some hold a function
    methods = {name for name, value in vars(fake).items() if inspect.isfunction(value) and name[0] != "_"} - set(fields)
    asked = {name for name in methods if (fake, name) not in FOR_TESTS}
    assert asked
    assert {name: called(fake, name) for name in asked} == {name: called(REAL[fake], name) for name in asked}


def called(owner: type, name: str) -> list[tuple[str, object, object]] | None:
    """The parameters of a method: names, kinds and defaults."""
    method = getattr(owner, name, None)
    if method is None:
        return None
    return [(each.name, each.kind, each.default) for each in inspect.signature(method).parameters.values()]


def test_every_fake_is_held_against_something() -> None:
    files = [*FOLDER.glob("fakes/*.py"), FOLDER / "level2.py"]
    named = {
        node.name
        for file in files
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Fake")
    }
    assert named - BUNDLES == {fake.__name__ for fake in REAL}
