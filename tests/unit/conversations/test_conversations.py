"""One thread: what belongs together, what goes the protected way back, and what its recipient is shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, SENDER, join
from tests.support.level2 import Level2
from tests.support.limits import within
from tests.support.shipped import shipped_rules
from tests.unit.conversations.replying import FIRST_ID, Answering, text_of, written
from zegel.conversations.answers import NOTHING, answer_in
from zegel.intake import Intake, Outcome
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.policy.language.load import Rules, load_rules
from zegel.vault.tables.records import Delivery

RULES = shipped_rules()
PEOPLE = """\
version: 1
trusted_domains: [partner.example]
never_protect: [open.example]
always_protect: [depot.example]
rules:
  - id: never
    name: {nl: nooit, en: never}
    level: 1
    when: {words: [komt-niet-voor]}
"""
CLEAN = "Tot morgen."


@pytest.fixture
def answering(level2: Level2) -> Answering:
    return Answering(level2)


Offer = Callable[..., Outcome]


@pytest.fixture
def offer(answering: Answering, reader: Reader) -> Offer:
    """Hands a mail to the intake, as Postfix does."""

    def offer(raw: bytes, *recipients: str, rules: Rules = RULES) -> Outcome:
        intake = Intake(answering.level2.core, reader, lambda: rules)
        return intake.receive(Envelope("Q", SENDER, recipients or (RECIPIENT,)), raw)

    return offer


def mail(number: int, *fields: str, body: str = "BSN 111222333") -> bytes:
    return written(f"From: {SENDER}", f"Subject: nummer {number}", f"Message-ID: <{number}@kliniek.example>", *fields,
                   body=body)  # fmt: skip


def conversations(folder: Path) -> dict[str, int]:
    """The conversation of each message, by the number in its size."""
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        rows = database.execute(
            "SELECT recipient, message.conversation FROM delivery JOIN message ON message.id = message"
        )
        return dict(rows.fetchall())


# Which conversation.


def test_messages_of_one_thread_share_a_conversation(answering: Answering, offer: Offer, tmp_path: Path) -> None:
    offer(mail(1), "een@post.example")
    offer(mail(2, "In-Reply-To: <1@kliniek.example>"), "twee@post.example")
    offer(mail(3, "References: <weg@x> <2@kliniek.example> <onbekend@x>"), "drie@post.example")
    offer(mail(4, "References: <onbekend@x>", "In-Reply-To: geen"), "vier@post.example")
    offer(mail(4), "vijf@elders.example")  # one message that was sent in two transactions
    found = conversations(tmp_path)
    assert found["een@post.example"] == found["twee@post.example"] == found["drie@post.example"]
    assert found["vier@post.example"] == found["vijf@elders.example"] != found["een@post.example"]


def test_the_newest_known_message_decides(answering: Answering, offer: Offer, tmp_path: Path) -> None:
    offer(mail(1), "een@post.example")
    offer(mail(2), "twee@post.example")
    offer(mail(3, "References: <1@kliniek.example> <2@kliniek.example>"), "drie@post.example")
    offer(mail(4, "References: <2@kliniek.example>", "In-Reply-To: <1@kliniek.example>"), "vier@post.example")
    found = conversations(tmp_path)
    assert found["drie@post.example"] == found["twee@post.example"]
    assert found["vier@post.example"] == found["een@post.example"]


def test_a_thread_that_has_expired_begins_anew(answering: Answering, offer: Offer, tmp_path: Path) -> None:
    offer(mail(1), "een@post.example")
    answering.level2.clock.pass_(32 * 86_400)
    answering.level2.upkeep()
    offer(mail(2, "In-Reply-To: <1@kliniek.example>"), "twee@post.example")
    found = conversations(tmp_path)
    assert found["een@post.example"] != found["twee@post.example"]
    with closing(sqlite3.connect(tmp_path / "zegel.db")) as database:
        assert database.execute("SELECT count(*) FROM thread").fetchone() == (1,)


def test_no_message_id_is_in_the_database_in_clear(answering: Answering, offer: Offer, tmp_path: Path) -> None:
    offer(mail(1, "In-Reply-To: <geheim.patient@post.example>"))
    with closing(sqlite3.connect(tmp_path / "zegel.db")) as database:
        everything = "\n".join(database.iterdump())
    assert "1@kliniek.example" not in everything and "geheim" not in everything


# Answers to replies.


def message_of(answering: Answering, delivery_id: int) -> int:
    found = answering.level2.store.delivery(delivery_id)
    assert found is not None
    return found.message_id


def reply_to(answering: Answering, level: int = 1) -> tuple[Delivery, str, str]:
    """A delivery that was answered; the Message-ID and the text of the reply."""
    if level > 1:
        answering.level2.phonebook.give(RECIPIENT, "+31612345954", SENDER)
    delivery = answering.seal(level=level)
    answering.level2.clock.pass_(60)
    reply = answering.mail(delivery, answering.send(delivery, "Mag ik iets vragen?"))
    answering.level2.clock.pass_(60)
    return delivery, str(reply["Message-ID"]), text_of(reply)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("where", ["In-Reply-To", "References", "Message-ID", "text"])
def test_an_answer_is_protected_at_the_level_of_the_reply(
    answering: Answering, offer: Offer, where: str, level: int
) -> None:
    delivery, message_id, text = reply_to(answering, level)
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    raw = mail(2, body=f"{CLEAN}\n{quoted}") if where == "text" else mail(2, f"{where}: {message_id}", body=CLEAN)
    outcome = offer(raw, RECIPIENT, "derde@elders.example", COLLEAGUE)
    assert (outcome.kind, outcome.level, outcome.rules) == ("sealed", level, ("answer",))
    assert outcome.protected == (RECIPIENT, "derde@elders.example")
    entries = answering.level2.core.conversations.page(delivery).entries
    assert [each.kind for each in entries] == ["message", "reply", "message"]
    newest = answering.level2.store.deliveries.of_message(message_of(answering, entries[-1].id))
    assert {each.recipient for each in newest} == {RECIPIENT, "derde@elders.example"}


@pytest.mark.parametrize(("subject", "later", "hidden"), [("uitslag", 0, False), ("123456782", 0, True),
                                                          ("123456782", 40, True)])  # fmt: skip
def test_an_answer_tells_no_subject_that_was_not_told(
    answering: Answering, offer: Offer, subject: str, later: int, hidden: bool
) -> None:
    """A number was known for sensitive by the file that it also stood in; in the answer it stands alone."""
    delivery = answering.seal(subject=subject)
    reply = answering.mail(delivery, answering.send(delivery))
    answering.level2.clock.pass_(later * 86_400)
    answering.level2.upkeep()
    raw = written(f"From: {SENDER}", f"Subject: Re: {subject}", f"In-Reply-To: {reply['Message-ID']}", body=CLEAN)
    assert offer(raw).rules == ("answer",)
    answering.level2.run()
    told = answering.level2.letters(RECIPIENT)[-1]
    assert (subject in str(told["Subject"])) is not hidden
    assert (subject in told.as_string()) is not hidden


def test_a_reply_that_is_sent_on_as_a_file_is_protected(answering: Answering, offer: Offer) -> None:
    answering.level2.phonebook.give(RECIPIENT, "+31612345954", SENDER)
    delivery = answering.seal(level=2)
    reply = answering.mail(delivery, answering.send(delivery, "Ik slaap slecht."))
    on = EmailMessage()
    on["From"], on["Subject"], on["Message-ID"] = SENDER, "Fwd: uitslag", "<verder@kliniek.example>"
    on.set_content("Zie de bijlage.")
    on.add_attachment(reply)
    assert offer(on.as_bytes(), "derde@elders.example").level == 2


def test_a_level_that_was_raised_since_counts(answering: Answering, offer: Offer) -> None:
    delivery, message_id, _ = reply_to(answering)
    message = answering.level2.store.message(delivery.message_id)
    assert message is not None and answering.level2.sender.raise_level(message, delivery.id)
    assert offer(mail(2, f"In-Reply-To: {message_id}", body=CLEAN)).level == 2


def test_a_rule_that_asks_for_more_wins_and_names_the_reason(answering: Answering, offer: Offer) -> None:
    _, message_id, _ = reply_to(answering)
    outcome = offer(mail(2, f"In-Reply-To: {message_id}"))
    assert outcome.rules[0] == "bsn" and "answer" in outcome.rules


def test_what_the_policy_says_of_people_still_counts(answering: Answering, offer: Offer, tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    _, message_id, _ = reply_to(answering)
    raw = mail(2, f"In-Reply-To: {message_id}", body=CLEAN)
    people = ("x@partner.example", "x@open.example", "x@depot.example", "x@post.example")
    outcome = offer(raw, *people, rules=load_rules(tmp_path / "people.yaml"))
    assert outcome.protected == ("x@depot.example", "x@post.example")


def test_an_answer_is_protected_after_the_reply_has_expired(answering: Answering, offer: Offer) -> None:
    _, message_id, _ = reply_to(answering, 2)
    answering.level2.clock.pass_(40 * 86_400)
    answering.level2.upkeep()
    assert offer(mail(2, f"In-Reply-To: {message_id}", body=CLEAN)).level == 2


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("In-Reply-To: <anders@post.example>",),
        ("In-Reply-To: <zegelrefaaaaaaaaaaaaaaaaaaaaaaaa@kliniek.example>",),
        (f"In-Reply-To: {FIRST_ID}", f"References: {FIRST_ID}"),
        ("X-References: x",),
    ],
)
def test_other_mail_stays_untouched_and_asks_no_database(
    answering: Answering, reader: Reader, offer: Offer, fields: tuple[str, ...]
) -> None:
    answering.seal()
    raw = mail(2, *fields, body=CLEAN)
    assert offer(raw).kind == "clean"
    answering.level2.core.vault.store.close()  # and now nothing could be asked
    assert answer_in(reader.read(raw), answering.level2.core.vault, 0) == NOTHING


def test_thousands_of_references_take_no_time(answering: Answering, reader: Reader) -> None:
    _, message_id, _ = reply_to(answering)
    words = (
        " ".join(f"zegelref{'a' * 20}{number % 7}bcd"[:32] for number in range(50_000))
        .replace("0", "c")
        .replace("1", "d")
    )
    many = reader.read(mail(2, body=f"{words} {message_id} " + message_id * 20_000))
    with within(1):
        answer_in(many, answering.level2.core.vault, 0)


def test_the_reason_is_told_to_the_sender_in_words(answering: Answering, offer: Offer) -> None:
    delivery, message_id, _ = reply_to(answering)
    offer(mail(2, f"In-Reply-To: {message_id}", body=CLEAN))
    newest = answering.level2.core.conversations.page(delivery).entries[-1]
    found = answering.level2.store.delivery(newest.id)
    message = answering.level2.store.message(found.message_id) if found else None
    assert message is not None
    assert answering.level2.sender.overview(message, "nl").reason == "antwoord in een beveiligd gesprek"


# What is shown.


def test_a_recipient_sees_his_own_messages_and_replies_in_order(answering: Answering, offer: Offer) -> None:
    level2 = answering.level2
    both = level2.built.seal(RECIPIENT, OTHER, raw=written())
    jan = next(each for each in both if each.recipient == RECIPIENT)
    eva = next(each for each in both if each.recipient == OTHER)
    level2.clock.pass_(60)
    answering.send(jan, "van Jan")
    level2.clock.pass_(60)
    answering.send(eva, "van Eva")
    level2.clock.pass_(60)
    # `seal` stands in for the intake without a thread, so the next message is joined by hand.
    later = answering.seal()
    join(level2.store, jan.message_id, later.message_id)
    entries = level2.core.conversations.page(jan).entries
    assert [(each.kind, each.own, each.state) for each in entries] == [
        ("message", False, "new"),
        ("reply", True, "sending"),
        ("message", False, "new"),
    ]
    assert [each.link for each in entries] == [level2.link(jan), level2.link(jan), level2.link(later)]
    assert entries[0].author == "Anna de Boer" and entries[1].author == "Jan Jansen"
    assert [each.link for each in level2.core.conversations.page(later).entries][1] == level2.link(later)
    level2.store.write(lambda: level2.store.deliveries.recall(jan.id))
    level2.clock.pass_(40 * 86_400)
    level2.upkeep()
    assert [each.state for each in level2.core.conversations.page(later).entries] == ["recalled", "failed", "expired"]
    assert {each.subject for each in level2.core.conversations.page(later).entries} == {""}
