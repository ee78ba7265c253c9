"""Link scanners that press every button of every page: what cannot be undone, or lets somebody do more, is not done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cast import OTHER
from tests.support.fakes.access import NOW, FakeAccess
from tests.support.fakes.codes import FakeCodes, at_level_2
from tests.support.fakes.replies import FakeReplies
from tests.support.fakes.sender import EVA, JAN, TOM, FakeSender, S, overview
from tests.support.fakes.trust import DEVICE_LINK, PHONE, FakeTrust
from tests.unit.conversations.reply_form import HOST, csrf_of
from tests.unit.conversations.replying_to_all import THIRD, Circle, circle_in
from tests.unit.portal.portal_client import Client, M, client_for
from tests.unit.portal.pressing import press_everything
from tests.unit.portal.test_code import visible
from tests.unit.portal.test_reply_all import sender_page
from zegel.message.reader import Reader
from zegel_portal.app import create_app
from zegel_portal.routes import SENDER

LOCKED = replace(JAN, locked=True, actions=frozenset(["recall", "again", "number", "unblock"]))
STOPPED = replace(JAN, stopped="person", actions=frozenset(["recall", "resume"]))
AGREED = replace(JAN, way="agreed", agreed=True, may_agree=True, number="")
WORLDS: dict[str, Callable[[], FakeSender]] = {
    "usual": FakeSender,
    "locked": lambda: FakeSender(shown=overview(LOCKED, TOM)),
    "stopped": lambda: FakeSender(shown=overview(STOPPED, replace(STOPPED, delivery_id=14, address="o@post.example"))),
    "number wrong": lambda: FakeSender(shown=overview(replace(JAN, stopped="number", needs_number=True))),
    "a code is agreed on": lambda: FakeSender(shown=overview(AGREED, replace(EVA, may_agree=True))),
    "a number is known": lambda: FakeSender(shown=overview(replace(JAN, may_agree=True))),
    "one": lambda: FakeSender(shown=overview(TOM)),
    "crowd": lambda: FakeSender(
        shown=overview(*(replace(TOM, delivery_id=100 + n, address=f"p{n}@elders.example") for n in range(18)))
    ),
    "over": lambda: FakeSender(over=True, answers={"can extend": True}),
    "over and asked for": lambda: FakeSender(
        shown=overview(replace(JAN, asked_at=NOW - 60)), over=True, answers={"can extend": True}
    ),
}
HARMLESS = re.compile(r"again \d+")
"""Another mail with the same link, to the same person, once in ten minutes."""


@pytest.fixture
def circle(tmp_path: Path, reader: Reader) -> Iterator[Circle]:
    with circle_in(tmp_path, reader) as made:
        yield made


@pytest.mark.parametrize("allowed", [None, False, True], ids=["no choice", "to me", "to all"])
@pytest.mark.parametrize("world", WORLDS)
def test_nothing_on_the_senders_page_is_done_by_pressing(world: str, allowed: bool | None) -> None:
    sender, replies = WORLDS[world](), FakeReplies()
    replies.to_all.chosen = allowed
    anna = client_for(FakeAccess(), sender=sender, replies=replies)
    pressed = press_everything(anna, S)
    assert [call for call in sender.calls if not HARMLESS.fullmatch(call)] == []
    assert replies.to_all.chosen is allowed
    assert any(each.startswith("POST") for each in pressed)


def test_the_worlds_above_have_each_form_of_the_page() -> None:
    pressed: set[str] = set()
    for make in WORLDS.values():
        replies = FakeReplies()
        replies.to_all.chosen = False
        pressed |= press_everything(client_for(FakeAccess(), sender=make(), replies=replies), S)
    assert {f"POST {S}{path}" for method, path, _ in SENDER if method == "POST"} <= pressed


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("state", ["", "recalled", "expired"])
def test_nothing_on_a_recipients_pages_is_done_by_pressing(level: int, state: str) -> None:
    access = at_level_2() if level == 2 else FakeAccess()
    trust = FakeTrust(access)
    trust.devices.all = [PHONE]
    if state:
        access.end(state)
    jan = client_for(access, codes=FakeCodes(access), trust=trust)
    before, delivered = repr(trust.people), access.delivered
    pressed = press_everything(jan, M, f"{M}/not-mine", f"{M}/not-asked", f"/d/{DEVICE_LINK}")
    allowed = {"ask sender", "asked"} if state else set()
    assert {call.split(":")[0] for call in trust.feedback.calls} <= allowed, trust.feedback.calls
    assert (trust.devices.calls, trust.devices.all, repr(trust.people)) == ([], [PHONE], before)
    assert (access.delivered.stopped_at, access.delivered.state) == (delivered.stopped_at, delivered.state)
    assert any(each.startswith("POST") for each in pressed)


def test_recipients_cannot_reply_to_each_other_because_a_button_was_pressed(circle: Circle) -> None:
    """With the real core, without and with a script's help: the form alone, and with any value that is no tick."""
    jan, *_ = circle.seal(allowed=None)
    path, browser = sender_page(circle.level2.built, jan), Client(create_app(circle.core), host=HOST)
    pressed = press_everything(browser, path)
    assert f"POST {path}/to-all" in pressed and circle.others(jan) == []
    csrf = csrf_of(browser.get(path))
    for sure in ("", "no", "on", "YES", "yes ", "1"):
        answer = browser.post(f"{path}/to-all", {"csrf": csrf, "allow": "yes", "sure": sure})
        assert answer.status == 422 and circle.others(jan) == [], sure
    assert browser.post(f"{path}/to-all", {"csrf": csrf, "allow": "yes", "sure": "yes"}).status == 303
    assert circle.others(jan) == [OTHER, THIRD]
    press_everything(browser, path)
    assert circle.others(jan) == [OTHER, THIRD], "nor is it taken back"


@pytest.mark.parametrize(
    ("world", "path", "fields"),
    [
        ("usual", "to-all", {"allow": "yes"}),
        ("usual", "extend", {}),
        ("usual", "false-alarm", {}),
        ("usual", "recall", {}),
        ("usual", "recall", {"delivery": "11"}),
        ("usual", "recall", {"pick-11": "1", "pick-13": "1"}),
        ("usual", "raise", {"delivery": "13"}),
        ("locked", "unblock", {"delivery": "11"}),
        ("stopped", "resume", {"delivery": "14"}),
        ("usual", "agree", {"delivery": "12", "code": "groene appel 4827", "question": "Wat lag er?"}),
        ("a code is agreed on", "agree/withdraw", {"delivery": "11"}),
        ("over", "extend", {}),
    ],
)
def test_what_misses_its_tick_says_so_beside_it(world: str, path: str, fields: dict[str, str]) -> None:
    sender, replies = WORLDS[world](), FakeReplies()
    replies.to_all.chosen = False
    anna = client_for(FakeAccess(), sender=sender, replies=replies)
    anna.get(S)
    answer = anna.submit(f"{S}/agree?d={fields['delivery']}" if "agree" in path else S, f"{S}/{path}", **fields)
    assert answer.status == 422 and sender.calls == []
    text = visible(answer.text)
    assert text.count("Tick the box first. Then press the button again.") == 1
    assert re.search(r"<title>Error: ", answer.text)
    (form,) = re.findall(rf'<form[^>]*action="{S}/{path}"(?:(?!</form>).)*id="error".*?</form>', answer.text, re.DOTALL)
    (box,) = re.findall(r'<input type="checkbox" name="sure"[^>]*>', form)
    for part in ("required", 'aria-invalid="true"', 'aria-describedby="error"', "autofocus"):
        assert part in box
    for name, value in fields.items():
        assert f'name="{name}"' in form and f'value="{value}"' in form, "what was asked about is kept"
    assert answer.text.count("autofocus") == 1
