"""The audit log in the console: found by who, when and what; its chain gone through; nothing of it for others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, SETTINGS, Browser, Office, office
from zegel.officers import audit
from zegel.vault import verification
from zegel.vault.audit_export import check
from zegel.vault.tables import event_search
from zegel.vault.tables.audit_events import EVENT_NAMES, EventName
from zegel.vault.tables.event_search import first_event_at
from zegel.vault.tables.schema import Event
from zegel_console.pages import FOLDER


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, SETTINGS + "sms: {gateway: folder, folder: sms}\n") as made:
        yield made


@pytest.fixture
def officer(house: Office) -> Browser:
    return house.signed_in()


def kinds(text: str) -> list[str]:
    """The words of the events that a page shows."""
    return [each.strip() for each in re.findall(r"</span></div><p>([^<]+)", text)]


def record(house: Office, kind: EventName, actor: str, **details: Any) -> None:
    store, clock = house.built.core.vault.store, house.built.clock
    store.write(lambda: store.audit_log.record(kind, actor, clock(), **details))


def test_events_are_found_by_person_event_message_and_day(house: Office, officer: Browser) -> None:
    built = house.built
    one, _ = built.seal(RECIPIENT, OTHER)
    built.clock.pass_(86_400)
    record(house, "opened", RECIPIENT, about=one)
    record(house, "paused", "zegel", about=one)
    record(house, "number given", SENDER, address="eva@elders.example", changed=False)
    officer = house.signed_in()
    for query, expected in (
        (f"who={RECIPIENT.upper()}", ["Paused after wrong passwords", "Message opened"]),
        ("who=EVA@", ["Telephone number given"]),
        ("kind=opened", ["Message opened"]),
        ("kind=no+such", None),
        (f"message={one.message_id}", ["Paused after wrong passwords", "Message opened", "Protected"]),
        (f"message={one.message_id}&kind=opened", ["Message opened"]),
        (f"message={one.message_id}&since=2027-01-16", ["Paused after wrong passwords", "Message opened"]),
        (f"message={one.message_id}&until=2027-01-15", ["Protected"]),
        ("since=2030-01-01", []),
        ("until=2001-01-01", []),
        ("who=%25", []),
        ("who=_@", []),
        ("message=99", []),
    ):  # fmt: skip
        answer = officer.get(f"/audit?{query}")
        assert answer.status == 200, query
        if expected is not None:
            assert [each for each in kinds(answer.text) if each != "Searched the audit log"] == expected, query
    for wrong in ("since=yesterday", "until=31-12-2026", "message=x", "message=-1", "message=99999999999999999999"):
        answer = officer.get(f"/audit?{wrong}")
        assert answer.status == 422 and 'aria-invalid="true"' in answer.text, wrong
    looks = [actor for kind, actor in house.events() if kind == "audit log searched"]
    assert set(looks) == {OFFICER} and len(looks) >= 15


def test_a_search_looks_at_a_bounded_number_and_goes_on(
    house: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LOOKED_MOST", 40)
    for place in (audit, event_search):
        monkeypatch.setattr(place, "PIECE", 20)
    record(house, "number given", SENDER, address="eva@elders.example")
    for _ in range(100):
        record(house, "expired", "zegel")
    page, goes = officer.get("/audit?who=eva@").text, 1
    while "Telephone number given" not in page.partition('aria-labelledby="found"')[2]:
        onward = re.search(r'href="(/audit\?[^"]+before=\d+)"', page)
        assert onward and goes < 9
        page, goes = officer.get(onward[1].replace("&amp;", "&")).text, goes + 1
    assert goes > 2
    shown = officer.get("/audit?kind=expired").text
    assert len(kinds(shown)) > 30 and "Look further back" in shown


def test_a_day_is_found_without_a_walk(house: Office) -> None:
    store = house.built.core.vault.store
    for number in range(500):
        store.write(partial(store.audit_log.record, "expired", "zegel", number * 10.0))
    Event.delete().where(Event.id.between(200, 230)).execute(store.database)
    head = store.audit_log.head()
    assert head
    for moment in (-1.0, 0.0, 5.0, 1985.0, 2000.0, 2300.0, 4990.0, 4991.0, 1e12):
        expected = next((id_ for id_ in range(1, 501) if not 200 <= id_ <= 230 and (id_ - 1) * 10.0 >= moment), 501)
        assert first_event_at(store.database, moment, head.id) in range(
            200 if expected == 231 else expected, expected + 1
        )


def test_what_an_event_says_is_no_markup_and_a_full_page_stays_small(house: Office, officer: Browser) -> None:
    hostile = "\"><script>alert(1)</script>&'" + "<b>" * 80 + "@post.example"
    for _ in range(audit.SHOWN_MOST + 5):
        record(house, "number given", hostile, address=hostile, reason="=cmd|' /C calc'!A0" + "<i>&" * 200)
    page = officer.get("/audit?who=script")
    assert "<script>alert" not in page.text and "<b>" not in page.text and "<i>" not in page.text
    assert "&lt;script&gt;" in page.text
    plain = "x" * 240 + "@post.example"
    for _ in range(audit.SHOWN_MOST):
        record(house, "number given", plain, address=plain, reason="because " * 40)
    assert len(officer.get("/audit?kind=number+given").body) < 60_000


def test_the_chain_is_gone_through(house: Office, officer: Browser) -> None:
    assert "Nobody has checked it yet" in officer.get("/audit").text
    page = officer.send("/audit", "/audit/verify")
    assert page.status == 200 and "nothing was changed or removed" in page.text
    assert ("audit log checked", OFFICER) in house.events()
    store = house.built.core.vault.store
    found = verification.standing(store.marks.get("audit verified"))
    assert found and found.broken is None and found.full_at == house.built.clock()
    Event.update(actor="nobody").where(Event.id == 2).execute(store.database)
    page = officer.send("/audit", "/audit/verify")
    assert "Event 2 was changed, or one before it was removed" in page.text
    assert "Event 2 was changed" in officer.get("/audit").text
    assert "Event 2 was changed" in house.signed_in(ADMINISTRATOR).get("/audit").text


def test_a_long_chain_is_gone_through_in_parts_that_nobody_can_skip(
    house: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "VERIFY_SECONDS", 0.0)
    monkeypatch.setattr(verification, "_PIECE", 3)
    store = house.built.core.vault.store
    for _ in range(10):
        record(house, "expired", "zegel")
    counts: list[str] = []
    page = officer.send("/audit", "/audit/verify").text
    while "There are more" in page and len(counts) < 30:
        counts.append(re.findall(r"removed: (\d+) events", page)[0])
        assert store.marks.get("audit verified") == ""
        fields = dict(re.findall(r'name="(since|proof|count)" value="([^"]*)"', page))
        page = officer.send("/passkeys", "/audit/verify", **fields).text
    assert "All of it was checked" in page and counts == sorted(counts, key=int) and len(counts) > 3
    # Another browser, another event or another proof begins again.
    first = dict(
        re.findall(r'name="(since|proof|count)" value="([^"]*)"', officer.send("/audit", "/audit/verify").text)
    )
    for browser, fields in (
        (house.signed_in(), first),
        (officer, first | {"since": "9"}),
        (officer, first | {"proof": "x" * 43}),
        (officer, first | {"proof": "ü"}),
        (officer, {"since": "9"}),
    ):
        again = browser.send("/passkeys", "/audit/verify", **fields).text
        assert re.search(r'name="since" value="3"', again), fields
    # When the event that a part ended with is another now, all is gone through again.
    Event.update(hash=b"x" * 32).where(Event.id == 3).execute(store.database)
    assert "Event 3 was changed" in officer.send("/passkeys", "/audit/verify", **first).text


def test_one_checks_at_a_time(house: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def slow(*args: Any, **more: Any) -> object:
        seen.append(house.signed_in(ADMINISTRATOR).send("/audit", "/audit/verify"))
        return verification.verify_all_within(*args, **more)

    monkeypatch.setattr(audit, "verify_all_within", slow)
    assert officer.send("/audit", "/audit/verify").status == 200
    assert [each.status for each in seen] == [503] and "Somebody else" in seen[0].text


def test_an_administrator_sees_whether_it_is_whole_and_no_event(house: Office) -> None:
    house.built.seal(RECIPIENT)
    administrator = house.signed_in(ADMINISTRATOR, strong=True)
    for page in (administrator.get("/audit?kind=sealed"), administrator.send("/audit", "/audit/verify")):
        assert page.status == 200 and "Is it whole?" in page.text
        assert "post.example" not in page.text and SENDER not in page.text and "<select" not in page.text
        assert "/messages/" not in page.text
    assert "audit log searched" not in [kind for kind, _ in house.events()]


def test_an_officer_exports_a_period_with_a_passkey(house: Office) -> None:
    house.built.seal(RECIPIENT)
    weak = house.signed_in()
    assert "Show your passkey to export" in weak.get("/audit").text
    refused = weak.send("/audit", "/audit/export", form="json", back="/audit")
    assert refused.status == 403 and "Nothing was changed" in refused.text
    assert "audit log exported" not in [kind for kind, _ in house.events()]
    officer = house.signed_in(strong=True)
    key = re.findall(r"--key ([0-9a-f]{64})", officer.get("/audit").text)[0]
    for form in ("json", "csv"):
        answer = officer.send("/audit", "/audit/export", form=form, since="2027-01-15", until="2027-01-15")
        assert answer.header("Content-Disposition") == f'attachment; filename="audit-2027-01-15-2027-01-15.{form}"'
        assert check(answer.body, key).statement["by"] == OFFICER and SENDER in answer.text
        assert (
            "sandbox" in answer.header("Content-Security-Policy") and answer.header("Cache-Control")[:8] == "no-store"
        )
    assert house.events().count(("audit log exported", OFFICER)) == 2
    for fields in ({"form": "exe"}, {"form": "csv", "since": "x"}, {"form": "json", "until": "31-12-2026"}, {}):
        answer = officer.send("/audit", "/audit/export", **fields)
        assert answer.status == 422 and "Content-Disposition" not in dict(answer.headers), fields
    assert house.events().count(("audit log exported", OFFICER)) == 2


def test_every_event_has_words() -> None:
    words = (FOLDER / "templates" / "events.html").read_text()
    assert [name for name in EVENT_NAMES if f'"{name}": _(' not in words] == []
