"""A person asks what is known of them, however their address is written; then it is gone but for what must stay."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.cast import OTHER, RECIPIENT, SENDER, Built, set_state
from tests.support.cluster import ON_BOTH
from tests.support.level2 import Level2
from zegel.cli.main import main
from zegel.person_data import PersonData
from zegel.unlock.agreed_codes import new_code

NUMBER = "+31612345678"
JAN = "Jan@POST.example"
"""The recipient, in other letters."""


@pytest.fixture
def house(level2: Level2) -> Level2:
    """Jan got a message that has ended and one that has not, opened one, and has a number, choices and a device."""
    built = level2.built
    (ended,) = built.seal(RECIPIENT, days=1)
    built.clock.pass_(60)
    (live,) = built.seal(JAN)
    built.seal(OTHER, sender=RECIPIENT)
    core, store = built.core, built.core.vault.store
    core.phonebook.give(RECIPIENT, NUMBER, SENDER)
    core.phonebook.give(OTHER, "+31687654321", RECIPIENT)
    core.agreed_codes.agree("third@elders.example", new_code("kersenboom"), RECIPIENT)
    core.people.choose_language(JAN, "en")
    core.people.choose_phrase(JAN, "blauwe fiets")
    core.passwords.ask(live, "", "nl")
    (password,) = built.passwords_sent()
    core.passwords.enter(built.link(live), password, None)
    store.write(lambda: set_state(store, ended.id, "expired"))
    return level2


def whole(built: Built) -> str:
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database:
        rows = [line for line in database.iterdump() if not line.startswith(("CREATE", 'INSERT INTO "event"'))]
    return "\n".join(rows).lower()


@ON_BOTH
def test_everything_is_exported_and_nothing_of_what_messages_say(house: Level2) -> None:
    found = PersonData(house.core).export(JAN)
    assert found["address"] == RECIPIENT
    assert [(row["sender"], row["state"]) for row in found["messages_received"]] == [
        (SENDER, "expired"), (SENDER, "opened"),
    ]  # fmt: skip
    assert len(found["messages_sent"]) == 1 and found["numbers_and_codes_given_for_others"] == 2
    assert (found["phone"]["number"], found["phone"]["given_by"]) == (NUMBER, SENDER)
    assert found["choices"] == {"language": "en", "phrase": "blauwe fiets"}
    kinds = {event["event"] for event in found["events"]}
    assert {"sealed", "number given", "password asked", "opened"} <= kinds
    text = json.dumps(found)
    assert "uitslag" not in text and "111222333" not in text and "given_at" in text


def test_a_stranger_is_not_in_it(house: Level2) -> None:
    found = PersonData(house.core).export("jan@elders.example")
    assert [
        key for key, value in found.items() if value and key not in ("address", "at", "choices", "console", "not_here")
    ] == []


def test_it_is_erased_but_for_what_stays_with_the_reason(house: Level2) -> None:
    built, data = house.built, PersonData(house.core)
    assert RECIPIENT in whole(built)
    erased = data.erase(JAN).as_json()
    assert erased["removed"]["phone"] == erased["removed"]["choices"] == erased["removed"]["given_by"] - 1 == 1
    assert erased["removed"]["recipient_of"] == 1 and erased["removed"]["sessions"] == 1
    stays = {each["what"]: each for each in erased["stays"]}
    assert stays["messages to this address"]["count"] == 1 and stays["messages to this address"]["until"]
    assert "17 (3)" in stays["events of the audit log"]["why"]
    assert house.core.phonebook.number(RECIPIENT) is None and house.core.phonebook.number(OTHER)
    after = data.export(JAN)
    assert [row["state"] for row in after["messages_received"]] == ["opened"]
    assert (after["phone"], after["numbers_and_codes_given_for_others"]) == (None, 0) and not any(
        after["choices"].values()
    )


def test_when_all_has_ended_only_the_audit_log_has_the_address_and_its_chain_holds(house: Level2) -> None:
    built = house.built
    built.clock.pass_(40 * 86_400)
    store = built.core.vault.store
    store.write(lambda: store.expire(built.clock()))
    erased = PersonData(house.core).erase(JAN).as_json()
    assert erased["removed"]["recipient_of"] == 2 and erased["removed"]["sender_of"] == 1
    assert RECIPIENT not in whole(built) and "erased.invalid" in whole(built)
    assert store.audit_log.first_broken() is None
    (event,) = [each for each in store.audit_log.events() if each.kind == "person erased"]
    assert "@" not in json.dumps(event.details) and event.actor == "administrator"
    assert PersonData(house.core).erase(JAN).as_json()["removed"] == {}


def test_a_number_stays_while_a_message_of_level_2_needs_it(house: Level2) -> None:
    house.built.seal(RECIPIENT, level=2)
    erased = PersonData(house.core).erase(RECIPIENT).as_json()
    assert "phone" not in erased["removed"] and house.core.phonebook.number(RECIPIENT) == NUMBER
    assert any(each["what"] == "telephone number or agreed code" and each["until"] for each in erased["stays"])


def test_the_command_asks_before_it_erases(house: Level2, tmp_path: Path) -> None:
    config = ["--config", str(house.built.folder / "zegel.yaml")]
    runner = CliRunner()
    shown = runner.invoke(main, ["person", *config, JAN])
    assert json.loads(shown.stdout)["address"] == RECIPIENT
    assert runner.invoke(main, ["person", *config, JAN, "--erase"], input="n\n").exit_code == 1
    assert house.core.phonebook.number(RECIPIENT) == NUMBER
    done = runner.invoke(main, ["person", *config, JAN, "--erase", "--yes"])
    assert json.loads(done.stdout)["removed"]["phone"] == 1
    assert runner.invoke(main, ["person", *config, "jan"]).exit_code == 1


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("jan.de-vries@post.example", "JAN.de-VRIES@POST.example"),
        ("jan.de-vries@post.example", '"jan.de-vries"@post.example'),
        ("jan.de-vries@post.example", '"j\\an.d\\e-vries"@post.example'),
        ('"jan de vries"@post.example', '"jan de vries"@post.example'),
        ("ü@post.example", "ü@post.example"),
        ("jü@zörg.example", "Jü@xn--zrg-sna.example"),
        ("jü@xn--zrg-sna.example", "jü@ZöRG.example"),
        ("=+1-@post.example", "=+1-@post.example"),
        ("jan%post@post.example", "JAN%post@post.example"),
    ],
    ids=range(9),
)
def test_every_way_of_writing_is_found(level2: Level2, asked: str, written: str) -> None:
    built = level2.built
    built.seal(written)
    built.seal(OTHER, sender=written)
    built.seal("jan.de-vrie@post.example", "an@post.example")
    [delivery] = built.seal(written)
    store = built.core.vault.store
    store.write(lambda: store.audit_log.record("opened", written, built.clock(), about=delivery))
    store.write(lambda: store.audit_log.record("number given", SENDER, built.clock(), address=written))
    found = PersonData(built.core).export(asked)
    assert (len(found["messages_received"]), len(found["messages_sent"])) == (2, 1)
    assert [each["event"] for each in found["events"]].count("opened") == 1
    assert [each["event"] for each in found["events"]].count("number given") == 1
