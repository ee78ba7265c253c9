"""Replies to all: who may be answered, what becomes of it, and that nobody learns of anybody who was not shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER, set_state
from tests.unit.conversations.replying import written
from tests.unit.conversations.replying_to_all import THIRD, TO_THREE, Circle, circle_in
from zegel.conversations.replies import Replied, ReplyRefused
from zegel.mail.envelope import Envelope
from zegel.mail.reply_reference import replied_to_all, to_all_address
from zegel.message.reader import Reader
from zegel.person_data import PersonData
from zegel.vault.tables.records import Delivery

HOUR, DAY = 3600, 86_400
MUNSTER = "piet@münster.example"


@pytest.fixture
def circle(tmp_path: Path, reader: Reader) -> Iterator[Circle]:
    with circle_in(tmp_path, reader) as made:
        yield made


# Who may be answered.


@pytest.mark.parametrize(
    ("to_all", "chosen", "may"),
    [
        ("never", None, False),
        ("never", True, False),
        ("sender", None, False),
        ("sender", True, True),
        ("sender", False, False),
        ("always", None, True),
        ("always", False, False),
    ],
)
def test_the_organisation_decides_and_then_the_sender(
    tmp_path: Path, reader: Reader, to_all: str, chosen: bool | None, may: bool
) -> None:
    with circle_in(tmp_path, reader, to_all) as circle:
        jan, *_ = circle.seal(allowed=chosen)
        assert circle.others(jan) == ([OTHER, THIRD] if may else [])
        answer = circle.core.replies.send(jan, [OTHER], "hoi", [])
        assert isinstance(answer, Replied) if may else answer == ReplyRefused("addressee")


def test_who_is_in_bcc_is_offered_to_nobody_and_can_answer_nobody_else(circle: Circle) -> None:
    jan, hidden, eva = circle.seal(RECIPIENT, THIRD, OTHER, raw=written())
    assert circle.others(jan) == [OTHER] and circle.others(eva) == [RECIPIENT]
    assert circle.others(hidden) == []
    assert circle.core.replies.send(jan, [THIRD], "hoi", []) == ReplyRefused("addressee")
    assert circle.core.replies.send(hidden, [OTHER], "hoi", []) == ReplyRefused("addressee")
    assert "replied" not in circle.level2.events()


HEADERS = {
    "a Bcc that a program left in": (("To: jan@post.example", "Bcc: eva@elders.example"), []),
    "only in the header": (("To: jan@post.example, niemand@elders.example",), []),
    "in other letters": (("To: JAN@Post.Example, Eva@ELDERS.example",), [OTHER]),
    "with a plus": (("To: jan@post.example, eva+x@elders.example",), []),
    "in a name": (('To: "eva@elders.example" <jan@post.example>',), []),
    "in a comment": (("To: jan@post.example (eva@elders.example)",), []),
    "as the sender": (("To: jan@post.example", "Reply-To: eva@elders.example"), []),
    "in Resent-To": (("To: jan@post.example", "Resent-To: eva@elders.example"), []),
    "in a group": (("To: jan@post.example, team: eva@elders.example;",), [OTHER]),
    "twice": (("To: jan@post.example, eva@elders.example", "Cc: Eva <eva@elders.example>"), [OTHER]),
    "a colleague in Bcc": (("To: jan@post.example", "Bcc: bram@kliniek.example"), []),
    "without oneself": (("To: eva@elders.example",), []),
}


@pytest.mark.parametrize("case", HEADERS)
def test_only_whom_the_header_shows_and_who_got_it(circle: Circle, case: str) -> None:
    headers, offered = HEADERS[case]
    jan, *_ = circle.seal(RECIPIENT, OTHER, raw=written(f"From: {SENDER}", *headers))
    assert circle.others(jan) == offered


def test_a_domain_beyond_ascii_is_the_same_in_both_forms(circle: Circle) -> None:
    shown = written(f"From: {SENDER}", f"To: {RECIPIENT}, piet@xn--mnster-3ya.example")
    jan, _ = circle.seal(RECIPIENT, MUNSTER, raw=shown)
    assert circle.others(jan) == [MUNSTER]
    reply = circle.send(jan, "Piet@XN--MNSTER-3YA.example")
    circle.level2.run()
    assert circle.became(reply)[MUNSTER] == "sent"


FORGED = [
    SENDER[:-1] + "x",
    "slachtoffer@post.example",
    "eva+1@elders.example",
    "еva@elders.example",
    f"{OTHER}, x@post.example",
    f"{OTHER}\r\nBcc: x@post.example",
    f"{OTHER}\nRCPT TO:<x@post.example>",
    f"{OTHER}\x00",
    f"{OTHER}.post.example",
    '"eva@elders.example"@post.example',
    "baas@kliniek.example",
    "",
]


@pytest.mark.parametrize("to", FORGED)
def test_nobody_else_can_be_reached(circle: Circle, to: str) -> None:
    jan, *_ = circle.seal()
    assert circle.core.replies.send(jan, [OTHER, to], "hoi", []) == ReplyRefused("addressee")
    assert "replied" not in circle.level2.events()
    assert "reply-to-all" not in circle.level2.due()


def test_people_of_another_message_are_no_part_of_it(circle: Circle) -> None:
    only_eva = written(f"From: {SENDER}", f"To: {RECIPIENT}, {OTHER}", "References: <eerste.1@kliniek.example>")
    circle.seal()
    jan, _ = circle.seal(RECIPIENT, OTHER, raw=only_eva)
    assert circle.others(jan) == [OTHER]
    assert circle.core.replies.send(jan, [THIRD], "hoi", []) == ReplyRefused("addressee")


def recalled(circle: Circle, delivery: Delivery) -> None:
    circle.recall(delivery)


def stopped(circle: Circle, delivery: Delivery) -> None:
    circle.stop(delivery)


def locked(circle: Circle, delivery: Delivery) -> None:
    circle.store.write(lambda: circle.store.deliveries.lock(delivery.id, circle.level2.clock()))


def erased(circle: Circle, delivery: Delivery) -> None:
    recalled(circle, delivery)
    PersonData(circle.core).erase(delivery.recipient)


def forbidden(circle: Circle, delivery: Delivery) -> None:
    message = circle.store.message(delivery.message_id)
    assert message is not None
    assert circle.core.replies.to_all.choose(message, False)


GONE: list[Callable[[Circle, Delivery], None]] = [recalled, stopped, locked, erased, forbidden]


@pytest.mark.parametrize("gone", GONE)
def test_who_may_not_read_it_any_more_gets_no_reply_either(
    circle: Circle, gone: Callable[[Circle, Delivery], None]
) -> None:
    jan, eva, _ = circle.seal()
    circle.store.write(lambda: set_state(circle.store, eva.id, "notified"))
    gone(circle, eva)
    assert OTHER not in circle.others(jan)
    assert circle.core.replies.send(jan, [OTHER], "hoi", []) == ReplyRefused("addressee")


@pytest.mark.parametrize("gone", GONE)
def test_the_same_while_it_is_on_its_way(circle: Circle, gone: Callable[[Circle, Delivery], None]) -> None:
    jan, eva, _ = circle.seal()
    reply = circle.send(jan, OTHER, THIRD)
    gone(circle, eva)
    circle.level2.run()
    assert circle.became(reply)[SENDER] == "sent"
    assert circle.became(reply)[THIRD] == ("failed ended" if gone is forbidden else "sent")
    assert [each for each in circle.shared(jan) if each.recipient == OTHER] == []
    assert all("Jan" not in str(each["From"]) for each in circle.level2.letters(OTHER))


def test_nobody_can_be_answered_when_the_message_is_over(circle: Circle) -> None:
    jan, *_ = circle.seal(days=1)
    reply = circle.send(jan, OTHER)
    circle.level2.clock.pass_(2 * DAY)
    circle.level2.run()
    assert circle.others(jan) == [] and circle.became(reply)[OTHER] == "failed ended"


# The address on its way.


def test_its_address_is_believed_only_with_our_key(circle: Circle) -> None:
    jan, *_ = circle.seal()
    reply = circle.send(jan, OTHER)
    key, own = circle.core.vault.keys.reply, "no-reply@kliniek.example"
    address = to_all_address(key, own, reply)
    assert replied_to_all(key, address) == replied_to_all(key, address.upper()) == reply
    flipped = address.replace("+a", "+z")
    for forged in (flipped, address[:14] + "aaaa" + address[18:], f"{address}\nx", "", own):
        assert replied_to_all(key, forged) == 0
    intake = circle.listener.intake
    assert intake and intake.reply_to_all(Envelope("A", address, (SENDER,), doubtful=frozenset({address}))) == 0


def test_somebody_else_s_words_at_that_address_reach_nobody_after_it_has_gone(circle: Circle) -> None:
    jan, *_ = circle.seal()
    reply = circle.send(jan, OTHER)
    circle.level2.run()
    address = to_all_address(circle.core.vault.keys.reply, "no-reply@kliniek.example", reply)
    intake = circle.listener.intake
    assert intake
    outcome = intake.share(reply, Envelope("A", address, (SENDER,)), TO_THREE)
    assert (outcome.kind, outcome.protected, outcome.discard) == ("offered again", (), True)
    assert len(circle.shared(jan)) == 1


# What the sender sees and chooses.


def test_the_sender_chooses_where_there_is_something_to_choose(circle: Circle) -> None:
    to_all = circle.core.replies.to_all
    (alone, *_) = circle.seal(RECIPIENT, allowed=None)
    (hidden, *_) = circle.seal(RECIPIENT, THIRD, raw=written(), allowed=None)
    (jan, *_) = circle.seal(allowed=None)
    messages = [circle.store.message(each.message_id) for each in (alone, hidden, jan)]
    assert [to_all.choice(each) for each in messages if each] == [None, None, False]
    message = messages[-1]
    assert message is not None
    assert to_all.choose(message, True) and not to_all.choose(message, True) and to_all.choice(message) is True
    assert to_all.choose(message, False)
    assert circle.level2.events("sealed") == ["reply to all allowed", "reply to all stopped"]
    (alone_message, *_) = messages
    assert alone_message and not to_all.choose(alone_message, True)


def test_the_sender_gets_no_word_about_reading_what_they_did_not_write(tmp_path: Path, reader: Reader) -> None:
    with circle_in(tmp_path, reader, more="}\nnotices: {opened: true, not_opened: true, receipt: true") as circle:
        jan, *_ = circle.seal()
        circle.send(jan, OTHER)
        circle.level2.run()
        (hers,) = circle.shared(jan)
        kinds = [item.kind for item in circle.store.outbox.list(["due"]) if item.message_id == hers.message_id]
        assert kinds == []
        circle.store.write(lambda: circle.core.access.admit(hers, None, "cookie", circle.level2.clock()))
        assert "opened" not in circle.level2.due()
