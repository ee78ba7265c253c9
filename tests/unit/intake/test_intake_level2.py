"""Level 2 from the mail on: who is held, who is served, what the sender is asked; and without a gateway."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER, Built
from tests.support.level2 import NUMBER, Level2
from tests.support.shipped import shipped_rules
from tests.unit.intake.test_intake import unanswered
from zegel.intake import Intake
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.policy.language.load import Rules, load_rules
from zegel.vault.tables.records import Delivery

RULES = shipped_rules()
MAIL = (
    "From: Anna de Boer <anna@kliniek.example>\r\nSubject: Overdracht\r\nMessage-ID: <{number}@x>\r\n\r\n"
    "Betreft mevrouw De Vries, BSN 111222333. Diagnose: diabetes type 2, gestart met metformine.\r\n"
)


def received(built: Built, reader: Reader, *recipients: str, rules: Rules = RULES, mail: str = MAIL) -> list[Delivery]:
    """The deliveries that came of a mail."""
    before = {item.message_id for item in built.core.vault.store.outbox.list(["due", "claimed", "done"])}
    raw = mail.replace("{number}", str(len(before))).encode()
    outcome = Intake(built.core, reader, lambda: rules).receive(Envelope("ABC", SENDER, recipients), raw)
    assert outcome.kind == "sealed"
    found = [event for event in built.core.vault.store.audit_log.events() if event.kind == "sealed"]
    message = found[-1].message
    assert message is not None
    return built.core.vault.store.deliveries.of_message(message)


def test_two_outsiders_one_number_known_and_the_next_mail_asks_nothing(level2: Level2, reader: Reader) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    unknown, known = received(level2.built, reader, RECIPIENT, OTHER)
    assert (known.recipient, known.state, unknown.state) == (RECIPIENT, "notified", "held")
    level2.run()
    assert len(level2.letters(RECIPIENT)) == 1 and level2.letters(OTHER) == []
    asked = level2.text(SENDER)
    assert OTHER in asked and RECIPIENT not in asked and "Overdracht" in asked
    assert "Burgerservicenummer met medische gegevens" in asked and "111222333" not in asked
    message = level2.store.message(unknown.message_id)
    assert message is not None
    level2.sender.give(message, {unknown.id: "06 12 34 59 54"}, {})
    level2.run()
    assert len(level2.letters(OTHER)) == 1
    assert {each.state for each in received(level2.built, reader, RECIPIENT, OTHER)} == {"notified"}
    level2.run()
    assert len(level2.letters(SENDER)) == 1


def test_each_recipient_has_the_level_that_applies_to_him(level2: Level2, reader: Reader, tmp_path: Path) -> None:
    policy = tmp_path / "rules.yaml"
    policy.write_text(
        "version: 1\nminimum_level: {elders.example: 2}\nrules:\n"
        "  - {id: bsn, name: {nl: BSN, en: BSN}, level: 1, when: {detector: bsn}}\n",
        encoding="utf-8",
    )
    stricter, ordinary = received(level2.built, reader, RECIPIENT, OTHER, rules=load_rules(policy))
    assert (ordinary.recipient, ordinary.level, ordinary.state) == (RECIPIENT, 1, "notified")
    assert (stricter.recipient, stricter.level, stricter.state) == (OTHER, 2, "held")


def test_an_activation_word_asks_for_level_2(level2: Level2, reader: Reader) -> None:
    mail = "Subject: [zeer veilig] Notulen\r\nMessage-ID: <a@x>\r\n\r\nNiets bijzonders.\r\n"
    (delivery,) = received(level2.built, reader, OTHER, mail=mail)
    level2.run()
    assert delivery.state == "held"
    assert "Notulen" in level2.text(SENDER) and "[zeer veilig] Notulen" not in level2.text(SENDER)


def test_the_same_mail_offered_again_asks_once(level2: Level2, reader: Reader) -> None:
    intake = Intake(level2.core, reader, lambda: RULES)
    offered = [intake.receive(Envelope("ABC", SENDER, (OTHER,)), MAIL.encode())]
    unanswered(offered[0])
    offered.append(intake.receive(Envelope("DEF", SENDER, (OTHER,)), MAIL.encode()))
    level2.run()
    assert [each.kind for each in offered] == ["sealed", "offered again"]
    assert len(level2.letters(SENDER)) == 1


def test_without_a_gateway_it_is_served_at_level_1_and_the_log_says_so(
    built: Built, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        (delivery,) = received(built, reader, OTHER)
    assert (delivery.level, delivery.state, delivery.address) == (1, "notified", "")
    assert "no SMS gateway, level 2 is served as level 1" in caplog.text


def test_a_message_that_waits_has_no_receipt_beside_the_question_for_its_number(level2: Level2, reader: Reader) -> None:
    wanted = level2.core.settings.notices.model_copy(update={"receipt": True})
    object.__setattr__(level2.core.settings, "notices", wanted)
    received(level2.built, reader, OTHER)
    level2.run()
    (mail,) = level2.letters(SENDER)
    assert mail["Subject"] == "Telefoonnummer nodig: Overdracht"
    assert "Andere ontvangers?" not in level2.text(SENDER), "there are none"


def test_a_receipt_comes_when_it_is_wanted(level2: Level2, reader: Reader) -> None:
    wanted = level2.core.settings.notices.model_copy(update={"receipt": True})
    object.__setattr__(level2.core.settings, "notices", wanted)
    level2.phonebook.give(OTHER, NUMBER, SENDER)
    received(level2.built, reader, OTHER)
    level2.run()
    (mail,) = level2.letters(SENDER)
    assert mail["Subject"] == "Beveiligd verstuurd: Overdracht"
    assert "/s/" in level2.text(SENDER) and OTHER in level2.text(SENDER)


@pytest.mark.parametrize(
    ("written", "languages"),
    [
        ("Please find attached the results of the test. Kind regards to you and your family.", {"en"}),
        ("Hierbij de uitslag van het onderzoek. Met vriendelijke groet, ook van Piet.", {"nl"}),
        ("Le envio los resultados del examen. Un saludo cordial.", {"nl", "en"}),
        ("مرفق نتيجة الفحص الذي أجريته الأسبوع الماضي في العيادة " * 3, {"nl", "en"}),
    ],
)  # fmt: skip
def test_a_notification_speaks_the_language_of_its_mail_and_two_where_that_is_unknown(
    level2: Level2, reader: Reader, written: str, languages: set[str]
) -> None:
    level2.phonebook.give(OTHER, NUMBER, SENDER)
    received(level2.built, reader, OTHER, mail=MAIL + written + "\r\n")
    level2.run()
    said = {"nl": "Er staat een beveiligd bericht voor u klaar", "en": "A secure message is waiting for you"}
    text = level2.text(OTHER)
    assert {language for language, words in said.items() if words in text} == languages


def test_what_the_recipient_chose_comes_before_the_language_of_the_mail(level2: Level2, reader: Reader) -> None:
    level2.phonebook.give(OTHER, NUMBER, SENDER)
    level2.core.people.choose_language(OTHER, "nl")
    received(level2.built, reader, OTHER, mail=MAIL + "Please find attached the results. Kind regards, and thank you.")
    level2.run()
    assert "A secure message" not in level2.text(OTHER) and "beveiligd bericht" in level2.text(OTHER)
