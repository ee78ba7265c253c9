"""What a recipient chooses: his language, and a phrase that nobody can turn against him."""

from __future__ import annotations

import sqlite3
import unicodedata
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import OTHER, RECIPIENT, SENDER, Built
from tests.support.level2 import Level2
from zegel.crypto import SealBroken
from zegel.recipients.preferences import KEPT_SECONDS, LONGEST, SHORTEST, Person, as_line, phrase_problem

PHRASE = "blauwe fiets"


def rows(built: Built, query: str, *values: object) -> list[Any]:
    """What the database itself has."""
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database, database:
        return database.execute(query, values).fetchall()


def test_what_was_chosen_is_kept_for_the_address_however_it_is_written(built: Built) -> None:
    people = built.core.people
    assert people.person(RECIPIENT) == Person()
    assert people.language(RECIPIENT) is None
    assert people.choose_phrase(RECIPIENT, PHRASE) is None
    people.choose_language(RECIPIENT, "en")
    assert people.person("Jan@POST.example") == Person(PHRASE, "en")
    assert people.language("<JAN@post.example>") == "en"
    assert people.person(OTHER) == Person()


def test_nothing_of_it_can_be_read_in_the_database(built: Built) -> None:
    built.core.people.choose_phrase(RECIPIENT, PHRASE)
    found = rows(built, "SELECT * FROM person")
    assert len(found) == 1
    assert not any(word in repr(found) for word in (PHRASE, "fiets", RECIPIENT, "jan", "post.example"))


def test_a_phrase_that_is_moved_to_another_address_does_not_open(built: Built) -> None:
    people = built.core.people
    people.choose_phrase(RECIPIENT, PHRASE)
    people.choose_phrase(OTHER, "groene boom")
    (first, sealed), (second, _) = rows(built, "SELECT address_hash, sealed FROM person")
    assert first != second
    rows(built, "UPDATE person SET sealed = ? WHERE address_hash = ?", sealed, second)
    with pytest.raises(SealBroken):
        [people.person(address) for address in (RECIPIENT, OTHER)]


def test_who_chose_nothing_any_more_is_forgotten(built: Built) -> None:
    people = built.core.people
    people.choose_phrase(RECIPIENT, PHRASE)
    people.choose_language(RECIPIENT, "en")
    assert people.choose_phrase(RECIPIENT, "  ") is None
    people.choose_language(RECIPIENT, "xx")
    assert people.language(RECIPIENT) is None
    assert rows(built, "SELECT * FROM person") == []


def test_who_does_not_come_back_is_forgotten_after_two_years(level2: Level2) -> None:
    level2.core.people.choose_phrase(RECIPIENT, PHRASE)
    level2.core.people.choose_phrase(OTHER, PHRASE)
    level2.clock.pass_(KEPT_SECONDS - 3600)
    (delivery,) = level2.seal(RECIPIENT, level=1)
    passwords = level2.core.passwords
    passwords.ask(delivery, "", "nl")
    passwords.enter(level2.link(delivery), level2.built.passwords_sent()[-1], None)
    level2.clock.pass_(7200)
    level2.upkeep()
    assert level2.core.people.person(RECIPIENT).phrase == PHRASE
    assert level2.core.people.person(OTHER) == Person()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("ab", "short"),
        ("a" * (LONGEST + 1), "long"),
        ("mijn fiets https://kliniek.example", "link"),
        ("zie www kliniek", "link"),
        ("kliniek.example", "link"),
        ("kliniek\u3002example", "link"),
        ("jan@post.example", "link"),
        ("klik/hier", "link"),
        ("1234", "digits"),
        ("bel 06 12345678", "digits"),
        ("++ -- ++", "digits"),
        ("uw wachtwoord staat hier", "words"),
        ("Ihr PASSWORT bitte", "words"),
        ("w a c h t w o o r d", "words"),
        ("pass-word", "words"),
        ("geef uw pincode", "words"),
        ("type the code", "words"),
        ("abcd-efgh-2345 fiets", "words"),
        ("p\N{LATIN SMALL LETTER A WITH ACUTE}ssword", "words"),
        ("<b>fiets</b>", "signs"),
        ("fiets {x}", "signs"),
    ],
)
def test_a_phrase_leads_nowhere_and_asks_for_nothing(built: Built, typed: str, problem: str) -> None:
    people = built.core.people
    people.choose_phrase(RECIPIENT, PHRASE)
    assert people.choose_phrase(RECIPIENT, typed) == problem
    assert people.person(RECIPIENT).phrase == PHRASE, "the old one stays"


@pytest.mark.parametrize(
    "typed", ["blue bicycle", "kat 7", "Ein Apfel am Tag", "été à Paris", "אופניים כחולים", "3 rode appels", "Pinguïn"]
)
def test_ordinary_words_can_be_a_phrase(typed: str) -> None:
    assert phrase_problem(as_line(typed)) is None


@given(st.text(max_size=600))
def test_any_phrase_is_one_line_without_hidden_signs(typed: str) -> None:
    line = as_line(typed)
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(sign)[0] == "C" for sign in line)
    if phrase_problem(line) is None:
        assert SHORTEST <= len(line) <= LONGEST


def test_the_phrase_stands_in_later_notifications_and_password_mails_only_to_its_owner(level2: Level2) -> None:
    level2.core.people.choose_phrase(RECIPIENT, PHRASE)
    jan, eva = level2.seal(RECIPIENT, OTHER, level=1)
    for delivery in (jan, eva):
        level2.core.passwords.ask(delivery, "", "nl")
    level2.run()
    assert len(level2.letters(RECIPIENT)) == len(level2.letters(OTHER)) == 2
    for letter in level2.letters(RECIPIENT):
        for kind in ("plain", "html"):
            part = letter.get_body((kind,))
            assert part is not None and PHRASE in part.get_content()
    assert not any(PHRASE in str(letter) for letter in (*level2.letters(OTHER), *level2.letters(SENDER)))


def test_later_mails_are_in_the_language_that_was_chosen(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    level2.run()
    assert "voor u klaar" in level2.text(RECIPIENT)
    level2.core.people.choose_language(RECIPIENT, "en")
    level2.clock.pass_(3600)
    message = level2.store.message(delivery.message_id)
    assert message is not None and level2.sender.send_again(message, delivery.id) == "sent"
    level2.run()
    assert "is waiting for you" in level2.text(RECIPIENT)
