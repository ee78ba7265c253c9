"""Automatic answers that go round end after the first; people and machines that only write much go on."""

from __future__ import annotations

import pytest

from tests.support.cast import OTHER, RECIPIENT, Built
from tests.unit.intake.test_intake import RULES, SECRET, envelope, rows
from zegel.conversations.loops import Answering, AnswerLoop, answering
from zegel.intake import Intake
from zegel.message.mime.tree import parse
from zegel.message.reader import Reader

AUTOMATIC = "Auto-Submitted: auto-replied\r\n"


@pytest.fixture
def intake(built: Built, reader: Reader) -> Intake:
    return Intake(built.core, reader, lambda: RULES)


def mail(number: int, header: str = "", subject: str = "Afspraak") -> bytes:
    return (
        f"From: Anna <anna@kliniek.example>\r\nSubject: {subject}\r\nMessage-ID: <{number}@x>\r\n{header}"
        "\r\nUw BSN is 111222333.\r\n"
    ).encode()


def sent(intake: Intake, raw: bytes, to: str = RECIPIENT) -> bool:
    """Whether it was sealed; False when it was refused as a loop."""
    try:
        with (outcome := intake.receive(envelope(to), raw)).answering():
            assert outcome.kind == "sealed"
    except AnswerLoop as refused:
        assert (refused.code, refused.status) == ("554", "5.4.6")
        return False
    return True


def test_the_second_automatic_answer_in_a_conversation_is_refused(intake: Intake, built: Built) -> None:
    assert sent(intake, mail(1)), "what a person wrote"
    answers = [
        mail(number, f"{AUTOMATIC}In-Reply-To: <r{number}@y>\r\nReferences: <1@x> <r{number}@y>\r\n")
        for number in range(2, 6)
    ]
    assert [sent(intake, answer) for answer in answers] == [True, False, False, False]
    assert len(rows(built, "SELECT id FROM message")) == 2, "a refused one leaves nothing"
    assert sent(intake, answers[1], OTHER), "somebody else may still be told"
    built.clock.pass_(601)
    assert [sent(intake, answer) for answer in answers[1:3]] == [True, False]


def test_a_slow_circle_ends_too(intake: Intake, built: Built) -> None:
    went = []
    for number in range(12):
        built.clock.pass_(700)
        went.append(sent(intake, mail(number, f"{AUTOMATIC}References: <0@x>\r\n")))
    assert went == [True] * 5 + [False] * 7


def test_automatic_answers_that_name_no_thread_end_after_three(intake: Intake) -> None:
    went = [sent(intake, mail(number, f"{AUTOMATIC}In-Reply-To: <r{number}@y>\r\n")) for number in range(6)]
    assert went == [True] * 3 + [False] * 3


@pytest.mark.parametrize("header", ["", "In-Reply-To: <q@y>\r\n", "References: <q@y>\r\n"])
def test_answers_that_do_not_say_that_a_machine_wrote_them_end_as_well(intake: Intake, header: str) -> None:
    went = [sent(intake, mail(number, header.replace("q", f"q{number}"), "Re: Re: Afspraak")) for number in range(20)]
    assert went == [True] * 15 + [False] * 5


@pytest.mark.parametrize(
    "header",
    ["", "Auto-Submitted: auto-generated\r\n", "Auto-Submitted: auto-generated\r\nReferences: <0@x>\r\n",
     "Precedence: bulk\r\n", "List-Id: <x.kliniek.example>\r\nPrecedence: list\r\n"],
    ids=["results", "alarms", "a tracker in one thread", "bulk", "a list"],
)  # fmt: skip
def test_a_machine_that_writes_by_itself_may_write_much(intake: Intake, header: str) -> None:
    assert all(sent(intake, mail(number, header)) for number in range(40))


def test_an_answer_that_is_not_sealed_is_not_counted(intake: Intake) -> None:
    for number in range(30):
        clean = mail(number, AUTOMATIC).replace(b"BSN is 111222333", b"afspraak staat")
        assert intake.receive(envelope(RECIPIENT), clean).kind == "clean"
    assert sent(intake, mail(99, AUTOMATIC))


def test_who_writes_to_many_is_refused_only_when_all_of_them_go_round(intake: Intake) -> None:
    went = [sent(intake, mail(number, f"{AUTOMATIC}References: <0@x>\r\n")) for number in range(2)]
    assert went == [True, False]
    both = intake.receive(envelope(RECIPIENT, OTHER), mail(3, f"{AUTOMATIC}References: <0@x>\r\n"))
    assert both.kind == "sealed"


def test_a_refused_one_is_refused_again_and_not_recognised(intake: Intake) -> None:
    raw = mail(1, AUTOMATIC + "References: <0@x>\r\n")
    assert [sent(intake, raw) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (SECRET, (False, False)),
        (mail(1, "Auto-Submitted: no\r\nIn-Reply-To: <a@b>\r\n"), (True, False)),
        (mail(1, "Auto-Submitted: AUTO-REPLIED (vacation)\r\n"), (True, True)),
        (mail(1, "Auto-Submitted: auto-generated\r\nIn-Reply-To: <a@b>\r\n"), (False, False)),
        (mail(1, "Precedence: auto_reply\r\n"), (True, True)),
        (mail(1, "X-Autoreply: yes\r\n"), (True, True)),
        (mail(1, "", "Automatisch antwoord: Afspraak"), (True, True)),
        (mail(1, "", "Re: Auto: Afspraak"), (True, True)),
        (mail(1, "", "Out of Office: back on Monday"), (True, True)),
        (mail(1, "", "Réf : Afspraak"), (True, False)),
        (mail(1, "", "Automatische deur kapot"), (False, False)),
        (mail(1, "", "Receptuur"), (False, False)),
        (mail(1, "", "Afwezig volgende week"), (False, False)),
    ],
    ids=["a mail", "a person's", "vacation", "generated", "precedence", "flag", "nl", "re auto", "en", "fr", "door",
         "no", "a person is away"],
)  # fmt: skip
def test_what_a_mail_says_of_itself(raw: bytes, kind: tuple[bool, bool]) -> None:
    assert answering(parse(raw)) == Answering(*kind)


def test_counts_are_forgotten_after_a_day(intake: Intake, built: Built) -> None:
    assert sent(intake, mail(1, AUTOMATIC))
    store = built.core.vault.store
    store.write(lambda: store.answers.clean(built.clock() + 1))
    assert rows(built, "SELECT * FROM answer") == []
