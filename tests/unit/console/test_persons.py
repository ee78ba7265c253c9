"""Everything known about one address in the console, as a file too, and its erasure with a passkey and a reason."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER, set_state
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, SETTINGS, Browser, Office, office
from zegel import person_data
from zegel.person_data import PersonData
from zegel.vault.tables.audit_log import Event
from zegel_console.pages import FOLDER

NUMBER = "+31612345954"
HOSTILE = "=cmd|'/c-calc'!a0@post.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, SETTINGS + "sms: {gateway: folder, folder: sms}\n") as made:
        built = made.built
        [ended] = built.seal(RECIPIENT)
        built.seal(RECIPIENT, level=2)
        built.core.phonebook.give(RECIPIENT, NUMBER, HOSTILE)
        built.core.people.choose_phrase(RECIPIENT, "blauwe fiets")
        store = built.core.vault.store
        store.write(lambda: set_state(store, ended.id, "expired"))
        yield made


@pytest.fixture
def officer(house: Office) -> Browser:
    return house.signed_in(strong=True)


def noted(house: Office, kind: str) -> Event:
    """The one event of a kind."""
    [event] = [each for each in house.built.core.vault.store.audit_log.events() if each.kind == kind]
    return event


def plain(text: str) -> str:
    return html.unescape(re.sub("<.*?>", "", text))


def test_what_is_known_is_shown_in_short_without_number_phrase_or_content(house: Office) -> None:
    officer = house.signed_in()
    page = officer.send("/people", "/people", address="JAN@post.example ")
    assert page.status == 200 and len(page.body) < 60_000
    assert RECIPIENT in plain(page.text) and "+3******954" in page.text and page.text.count('href="/messages/') == 2
    for secret in (NUMBER, "345954", "blauwe fiets", "uitslag", "111222333"):
        assert secret not in page.text
    assert ("person exported", OFFICER) in house.events()
    event = noted(house, "person exported")
    assert "post.example" not in str(event.details)
    nobody = officer.send("/people", "/people", address="nobody@post.example")
    assert nobody.status == 200 and 'href="/messages/' not in nobody.text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jan",
        "@post.example",
        "jan@",
        "a@b, c@post.example",
        "x" * 400 + "@post.example",
        "jan@post.example\nb",
        "<b>",
    ],
    ids=range(8),
)
def test_what_is_no_address_is_refused(house: Office, officer: Browser, address: str) -> None:
    for path in ("/people", "/people/file", "/people/erase"):
        answer = officer.send("/people", path, address=address, form="json", reason="because", sure="yes")
        assert answer.status == 422 and "not an e-mail address" in answer.text and "<b>" not in answer.text
    assert not {"person exported", "person erased"} & {kind for kind, _ in house.events()}


def test_odd_addresses_are_shown_as_text(house: Office, officer: Browser) -> None:
    for address in (
        '"><script>alert(1)</script>"@post.example',
        '"jan de vries"@post.example',
        "ü'&@zörg.example",
        HOSTILE,
    ):
        house.built.seal(address)
        page = officer.send("/people", "/people", address=address)
        assert page.status == 200 and "<script>alert" not in page.text, address
        assert page.text.count('href="/messages/') == 1, address


def test_the_file_has_all_and_no_formula(house: Office, officer: Browser) -> None:
    answer = officer.send("/people", "/people/file", address=RECIPIENT, form="json")
    assert answer.header("Content-Disposition") == 'attachment; filename="person.json"'
    found = json.loads(answer.body)
    assert found["phone"]["number"] == NUMBER and found["choices"]["phrase"] == "blauwe fiets"
    assert len(found["messages_received"]) == 2 and "uitslag" not in answer.text
    answer = officer.send("/people", "/people/file", address=RECIPIENT, form="csv")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["section", "number", "name", "value"] and {len(row) for row in rows} == {4}
    assert ["phone", "", "given_by", f"'{HOSTILE}"] in rows and ["phone", "", "number", f"'{NUMBER}"] in rows
    assert ["messages_received", "2", "state", found["messages_received"][1]["state"]] in rows
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row if cell)
    assert officer.send("/people", "/people/file", address=RECIPIENT, form="exe").status == 422


def test_a_person_is_erased_with_a_reason(house: Office, officer: Browser) -> None:
    fields = {"address": "Jan@post.example", "reason": "They asked by letter", "sure": "yes"}
    for wrong, said in (
        ({"reason": ""}, "Type a reason first"),
        ({"reason": " a "}, "Type a reason first"),
        ({"reason": f"letter of {RECIPIENT}"}, "Leave the address out"),
        ({"sure": ""}, "Tick that it is meant"),
    ):
        answer = officer.send("/people", "/people/erase", **fields | wrong)
        assert answer.status == 422 and said in answer.text and 'aria-invalid="true"' in answer.text, wrong
    assert "person erased" not in [kind for kind, _ in house.events()]
    page = officer.send("/people", "/people/erase", **fields)
    text = plain(page.text)
    assert page.status == 200 and "Their address at messages that have ended" in text
    assert "Telephone number or agreed code: 1" in text and "Messages to this address: 1" in text
    event = noted(house, "person erased")
    assert (
        event.actor == OFFICER
        and event.details["reason"] == "They asked by letter"
        and "post.example" not in str(event.details)
    )
    found = PersonData(house.built.core).export(RECIPIENT)
    assert [row["state"] for row in found["messages_received"]] != [] and len(found["messages_received"]) == 1
    again = officer.send("/people", "/people/erase", **fields)
    assert again.status == 200 and "Erased" in again.text


def test_an_officer_who_erases_themselves_is_signed_out(house: Office, officer: Browser) -> None:
    page = officer.send("/people", "/people/erase", address=OFFICER, reason="I leave", sure="yes")
    assert page.status == 200
    assert officer.get("/people").header("Location").startswith("/sign-in")


def test_it_takes_an_officer_and_for_more_than_a_look_a_passkey(house: Office) -> None:
    weak, administrator = house.signed_in(), house.signed_in(ADMINISTRATOR, strong=True)
    fields = {"address": RECIPIENT, "reason": "because", "sure": "yes", "form": "json"}
    for path in ("/people/file", "/people/erase"):
        assert "Nothing was changed" in weak.send("/people", path, **fields).text
    for path in ("/people", "/people/file", "/people/erase"):
        refused = administrator.send("/passkeys", path, **fields)
        assert refused.status == 403 and "post.example" not in refused.text
    assert administrator.get("/people").status == 403
    assert not {"person exported", "person erased"} & {kind for kind, _ in house.events()}
    assert house.built.core.phonebook.number(RECIPIENT) == NUMBER


def test_one_is_looked_up_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on, export = threading.Event(), threading.Event(), PersonData.export

    def slow(*args: Any) -> Any:
        inside.set()
        go_on.wait(60)
        return export(*args)

    monkeypatch.setattr(PersonData, "export", slow)
    with office(tmp_path, SETTINGS.replace("[Fg@", "[eva@kliniek.example, Fg@")) as house:
        one, other = house.signed_in(), house.signed_in("eva@kliniek.example", strong=True)
        statuses: list[int] = []
        first = threading.Thread(target=lambda: statuses.append(one.send("/people", "/people", address=OTHER).status))
        first.start()
        assert inside.wait(60)
        second = other.send("/people", "/people/erase", address=OTHER, reason="because", sure="yes")
        go_on.set()
        first.join(60)
    assert (statuses, second.status) == ([200], 503) and "Somebody else is looked up" in second.text


def test_a_person_of_very_much_has_a_small_page(house: Office, officer: Browser) -> None:
    for _ in range(30):
        house.built.seal(OTHER, sender="x" * 200 + "@" + "label." * 8 + "example")
    page = officer.send("/people", "/people", address=OTHER)
    assert page.text.count('href="/messages/') == 20 and "And 10 more" in page.text and len(page.body) < 60_000


def test_all_that_is_said_of_what_stays_and_goes_has_words() -> None:
    source, template = Path(person_data.__file__).read_text(), (FOLDER / "templates" / "people.html").read_text()
    stays = [*re.findall(r'_kept\("([^"]+)"', source), *person_data.NOT_HERE[1:]]
    goes = re.findall(
        r'^            "(\w+)": ', source[source.index("removed = {") : source.index("store.persons.forget")], re.M
    )
    assert len(stays) == 6 and len(goes) == 9
    assert [each for each in (*stays, *goes, "sessions", "challenges", "drafts") if f'"{each}": ' not in template] == []
    assert SENDER not in template
