"""Replies to all on their way: what each of them gets, at which level, and that nothing is lost or comes twice."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.unit.conversations.replying_to_all import THIRD, Circle, circle_in
from zegel.conversations.replies import Replied, ReplyRefused, Upload
from zegel.delivery_error import DeliveryError
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules

HOUR = 3600


@pytest.fixture
def circle(tmp_path: Path, reader: Reader) -> Iterator[Circle]:
    with circle_in(tmp_path, reader) as made:
        yield made


def test_each_gets_a_message_of_their_own_and_the_sender_a_mail(circle: Circle) -> None:
    jan, *_ = circle.seal()
    reply = circle.send(jan, OTHER, THIRD)
    assert circle.became(reply) == {SENDER: "sending", OTHER: "sending", THIRD: "sending"}
    circle.level2.run()
    assert circle.became(reply) == {SENDER: "sent", OTHER: "sent", THIRD: "sent"}
    assert [(each.recipient, each.level, each.state) for each in circle.shared(jan)] == [
        (OTHER, 1, "notified"), (THIRD, 1, "notified"),
    ]  # fmt: skip
    to_anna = [m for s, to, m in circle.listener.mails if to == SENDER and "+z" in s]
    mail = email.message_from_bytes(to_anna[0], policy=email.policy.default)
    assert mail["Reply-To"] == f"Jan Jansen <{RECIPIENT}>"
    assert mail["Cc"] == f"Eva <{OTHER}>, Omar <{THIRD}>"
    assert circle.level2.letters(SENDER) == []
    told = circle.level2.letters(OTHER)[-1]
    assert told["From"] == '"Jan Jansen (via De Kliniek)" <no-reply@kliniek.example>'
    assert told["Reply-To"] == SENDER and told["Auto-Submitted"] == "auto-generated"
    assert told["To"] == OTHER and told["Cc"] is None and "Dank u wel" not in told.as_string()
    shared = [event for event in circle.store.audit_log.events() if event.kind == "reply shared"]
    assert [(event.actor, event.details) for event in shared] == [(RECIPIENT, {"reply": reply})]


def test_nothing_that_goes_to_the_others_can_be_answered_unprotected(circle: Circle) -> None:
    jan, *_ = circle.seal()
    circle.send(jan, OTHER, files=(Upload("a.pdf", "application/pdf", b"%PDF-1.4"),))
    circle.level2.run()
    (delivery,) = circle.shared(jan)
    raw = circle.core.access.original(delivery)
    head = raw.partition(b"\r\n\r\n")[0]
    assert RECIPIENT.encode() not in head and b"sms" not in raw.lower() and b"password" not in raw.lower()
    assert b"a.pdf" in raw and b"Dank u wel" in raw
    colleagues = circle.core.replies.addressees(delivery)
    assert [each.address for each in colleagues] == [SENDER]
    assert circle.others(delivery) == [RECIPIENT]


def test_the_conversation_shows_it_to_all_of_them_and_to_nobody_else(circle: Circle) -> None:
    jan, eva, omar = circle.seal()
    circle.level2.clock.pass_(60)
    circle.send(jan, OTHER)
    circle.level2.run()
    mine = circle.core.conversations.page(jan).entries
    assert [(each.own, each.others) for each in mine] == [(False, ()), (True, (OTHER,))]
    hers = circle.core.conversations.page(eva).entries
    assert [(each.own, each.author) for each in hers] == [(False, "Anna de Boer"), (False, "Jan Jansen via De Kliniek")]
    assert len(circle.core.conversations.page(omar).entries) == 1


def test_the_circle_never_grows(circle: Circle) -> None:
    jan, _, omar = circle.seal()
    circle.send(jan, OTHER)
    circle.level2.run()
    (hers,) = circle.shared(jan)
    assert circle.others(hers) == [RECIPIENT]
    assert circle.core.replies.send(hers, [THIRD], "hoi", []) == ReplyRefused("addressee")
    circle.level2.clock.pass_(60)
    again = circle.send(hers, RECIPIENT, text="Van Eva")
    circle.level2.run()
    assert circle.became(again) == {SENDER: "sent", RECIPIENT: "sent"}
    his = circle.shared(jan)[-1]
    assert his.recipient == RECIPIENT and circle.others(his) == [OTHER]
    circle.recall(jan)
    assert circle.others(hers) == [] and circle.others(his) == [] and circle.others(omar) == [OTHER]


def test_who_says_that_a_reply_is_not_for_them_gets_no_other(circle: Circle) -> None:
    jan, _, omar = circle.seal()
    circle.send(jan, OTHER)
    circle.level2.run()
    (hers,) = circle.shared(jan)
    circle.stop(hers)
    assert circle.others(jan) == [THIRD] and circle.others(omar) == [RECIPIENT]


def test_each_has_at_least_the_level_that_they_had_before(circle: Circle) -> None:
    jan, eva, omar = circle.seal()
    message = circle.store.message(eva.message_id)
    assert message is not None
    circle.level2.phonebook.give(THIRD, "+31612345954", SENDER)
    assert circle.core.sender.raise_level(message, omar.id) and circle.core.sender.raise_level(message, eva.id)
    circle.send(jan, OTHER, THIRD)
    circle.level2.run()
    found = {each.recipient: (each.level, each.way, each.state) for each in circle.shared(jan)}
    assert found == {OTHER: (2, "sms", "held"), THIRD: (2, "sms", "notified")}
    asked = circle.level2.text(SENDER)
    assert (OTHER in asked and "heeft gereageerd" in asked) or "antwoord" in asked
    back = circle.send(omar, RECIPIENT, text="Van Omar")
    circle.level2.run()
    assert circle.became(back)[RECIPIENT] == "sent"
    assert [each.level for each in circle.shared(jan) if each.recipient == RECIPIENT] == [1]


def test_what_the_rules_find_in_the_reply_counts(circle: Circle) -> None:
    jan, *_ = circle.seal()
    circle.send(jan, OTHER, text="Mevrouw De Vries, BSN 111222333. Diagnose: diabetes type 2, met metformine.")
    circle.level2.run()
    assert [(each.level, each.state) for each in circle.shared(jan)] == [(2, "held")]


def test_people_whom_a_rule_frees_get_it_protected_all_the_same(circle: Circle, tmp_path: Path) -> None:
    policy = tmp_path / "free.yaml"
    policy.write_text("version: 1\nnever_protect: [elders.example]\ntrusted_domains: [derde.example]\n", "utf-8")
    circle.rules = load_rules(policy)
    jan, *_ = circle.seal()
    circle.send(jan, OTHER, THIRD)
    circle.level2.run()
    assert {each.recipient: each.level for each in circle.shared(jan)} == {OTHER: 1, THIRD: 1}


def test_a_rule_that_refuses_refuses_it_for_the_others_alone(circle: Circle, tmp_path: Path) -> None:
    policy = tmp_path / "block.yaml"
    policy.write_text(
        "version: 1\nrules:\n  - {id: stop, name: {nl: nee}, level: 1, block: true, reason: {nl: Mag niet}, "
        "when: {pattern: kersenbloesem}}\n",
        "utf-8",
    )
    circle.rules = load_rules(policy)
    jan, *_ = circle.seal()
    reply = circle.send(jan, OTHER, text="kersenbloesem")
    circle.level2.run()
    assert circle.became(reply) == {SENDER: "sent", OTHER: "failed refused"}
    entry = circle.core.conversations.page(jan).entries[-1]
    assert (entry.state, entry.why) == ("failed", f"other {OTHER}")
    assert circle.shared(jan) == []


# Nothing lost, nothing twice.


def test_brought_again_it_is_sealed_once(circle: Circle) -> None:
    jan, *_ = circle.seal()
    circle.listener.lost = True
    reply = circle.send(jan, OTHER)
    circle.level2.run()
    circle.listener.lost = False
    circle.level2.clock.pass_(HOUR)
    circle.level2.run()
    assert circle.became(reply) == {SENDER: "sent", OTHER: "sent"}
    assert len(circle.shared(jan)) == 1 and len(circle.level2.letters(OTHER)) == 2


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_shown(circle: Circle) -> None:
    jan, *_ = circle.seal()
    circle.listener.refusal = DeliveryError(permanent=False, status="4.7.1", answer="later")
    reply = circle.send(jan, OTHER)
    circle.level2.run()
    assert circle.became(reply)[OTHER] == "sending"
    circle.listener.refusal = DeliveryError(permanent=True, status="5.7.1", answer="a virus")
    circle.level2.clock.pass_(HOUR)
    circle.level2.run()
    assert circle.became(reply) == {SENDER: "failed refused", OTHER: "failed refused"}
    assert circle.shared(jan) == []


def test_without_a_milter_in_the_way_nobody_outside_gets_anything_and_it_shows(circle: Circle) -> None:
    circle.listener.intake = None
    jan, *_ = circle.seal()
    reply = circle.send(jan, OTHER)
    circle.level2.run()
    assert circle.became(reply) == {SENDER: "sent", OTHER: "failed refused"}
    assert {to for _, to, _ in circle.listener.mails} == {SENDER}


def test_the_same_press_twice_is_one_reply_and_two_people_are_two(circle: Circle) -> None:
    jan, eva, _ = circle.seal()
    assert circle.send(jan, OTHER) == circle.send(jan, OTHER) != circle.send(jan, THIRD)
    assert circle.send(eva, RECIPIENT) and circle.level2.due().count("reply-to-all") == 3


def test_one_recipient_is_not_flooded_by_the_others(tmp_path: Path, reader: Reader) -> None:
    with circle_in(tmp_path, reader, more=", per_hour: 3") as circle:
        jan, eva, _ = circle.seal()
        for number in range(2):
            circle.send(jan, THIRD, text=f"{number}")
        circle.send(eva, THIRD, text="van Eva")
        assert circle.core.replies.send(eva, [THIRD], "nog een", []) == ReplyRefused("often", HOUR)
        assert isinstance(circle.core.replies.send(eva, [RECIPIENT], "nog een", []), Replied)
        circle.level2.clock.pass_(HOUR + 1)
        assert isinstance(circle.core.replies.send(eva, [THIRD], "later", []), Replied)
