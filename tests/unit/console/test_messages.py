"""Finding messages, the story of one, acting on it: what officers see and administrators do not; never content."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, SENDER
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, SETTINGS, Office, office
from zegel.officers import messages as officers
from zegel.vault.tables.audit_log import Event


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, SETTINGS + "sms: {gateway: folder, folder: sms}\n") as made:
        yield made


def events(house: Office, message: int) -> list[Event]:
    return list(house.built.core.vault.store.audit_log.events(message))


def found(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'href="/messages/(\d+)"', text)]


def test_messages_are_found_by_part_of_who_by_rule_state_and_day(house: Office) -> None:
    built = house.built
    [first] = built.seal(RECIPIENT)
    built.clock.pass_(86_400)
    second, third = built.seal("Eva@Elders.example", OTHER, sender="bram@kliniek.example")
    assert second.message_id == third.message_id
    officer = house.signed_in()
    earlier = built.core.vault.store.message(first.message_id)
    assert earlier
    built.core.sender.recall(earlier, None)
    both = [second.message_id, first.message_id]
    for query, expected in (
        ("", both),
        ("sender=BRAM", both[:1]),
        ("recipient=elders.EXAMPLE", both[:1]),
        ("recipient=nobody", []),
        ("rule=bsn", both),
        ("rule=bs", []),
        ("state=withdrawn", both[1:]),
        ("state=unopened", both[:1]),
        ("state=opened", []),
        ("since=2027-01-16&until=2027-01-16", both[:1]),
        ("since=2027-01-15&until=2027-01-15", both[1:]),
        ("sender=%25", []),
        ("sender=_", []),
        ("state=%3Cscript%3E&rule=", both),
        ("before=99999999999999999999", both),
        (f"before={second.message_id}", both[1:]),
    ):
        answer = officer.get(f"/messages?{query}")
        assert answer.status == 200, query
        assert found(answer.text) == expected, query
        assert "<script>" not in answer.text
    assert officer.get("/messages?since=tomorrow").status == 422
    for far in ("since=9999-12-31", "since=5000-01-01&until=9999-12-31", "since=0001-01-01", "until=0001-01-01"):
        assert officer.get(f"/messages?{far}").status in (200, 422), far
    looks = [actor for kind, actor in house.events() if kind == "messages searched"]
    assert set(looks) == {OFFICER} and len(looks) >= 16


def test_a_search_looks_at_a_bounded_number_and_goes_on(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(officers, "LOOKED_MOST", 4)
    monkeypatch.setattr(officers, "PIECE", 2)
    monkeypatch.setattr("zegel.vault.tables.search.PIECE", 2)
    ids = []
    for number in range(7):
        house.built.clock.pass_(60)
        ids += [each.message_id for each in house.built.seal(f"p{number}@post.example")]
    officer = house.signed_in()
    page = officer.get("/messages?recipient=p0@").text
    assert found(page) == [] and "Look further back" in page
    onward = re.search(r'href="(/messages\?[^"]+)"', page)
    assert onward
    assert found(officer.get(onward[1].replace("&amp;", "&")).text) == ids[:1]


def test_the_story_tells_everything_but_what_it_says(house: Office) -> None:
    one, _ = house.built.seal(RECIPIENT, OTHER)
    officer = house.signed_in()
    page = officer.get(f"/messages/{one.message_id}")
    assert page.status == 200
    assert RECIPIENT in page.text and SENDER in page.text
    assert "Protected" in page.text and "bsn" in page.text
    for secret in ("uitslag", "111222333", "111••••33", "Burgerservicenummer", "/m/", "/s/"):
        assert secret not in page.text
    assert b"111222333" in ORIGINAL
    assert ("story read", OFFICER) in house.events()
    assert officer.get("/messages/1").status == 404
    assert officer.get("/messages/99999999999999999999").status in (400, 404)


@pytest.fixture
def acting(house: Office) -> Iterator[tuple[Office, int, int]]:
    one, two = house.built.seal(RECIPIENT, OTHER)
    yield house, one.message_id, two.id


def test_an_officer_withdraws_with_a_passkey_and_a_reason(acting: tuple[Office, int, int]) -> None:
    house, message, delivery = acting
    page, store = f"/messages/{message}", house.built.core.vault.store
    weak = house.signed_in()
    fields = {"act": "recall", "delivery": str(delivery), "reason": "Wrong person", "back": page}
    refused = weak.send("/passkeys", page, **fields)
    assert refused.status == 403 and f'href="{page}"' not in refused.header("Location")
    assert "Nothing was changed" in refused.text
    officer = house.signed_in(strong=True)
    for reason in ("", "  ", "ab"):
        assert officer.send(page, page, **fields | {"reason": reason}).status == 422
    assert not any(event.kind == "recalled" for event in events(house, message))
    assert officer.send(page, page, **fields).header("Location") == f"{page}?s=done"
    [recalled] = [event for event in events(house, message) if event.kind == "recalled"]
    assert (recalled.actor, recalled.delivery, recalled.details["reason"]) == (OFFICER, delivery, "Wrong person")
    assert officer.send(page, page, **fields).header("Location") == f"{page}?s=nothing"
    found = {each.recipient: each.state for each in store.deliveries.of_message(message)}
    assert found == {RECIPIENT: "notified", OTHER: "recalled"}
    shown = officer.get(page).text
    assert "Reason: Wrong person" in shown and OFFICER in shown


def test_the_sender_reads_that_the_officer_did_it(acting: tuple[Office, int, int]) -> None:
    house, message, delivery = acting
    officer = house.signed_in(strong=True)
    page = f"/messages/{message}"
    officer.send(page, page, act="recall", delivery=str(delivery), reason="Wrong person")
    found = house.built.core.vault.store.message(message)
    assert found
    states = {each.delivery_id: each for each in house.built.core.sender.overview(found, "en").recipients}
    assert states[delivery].state == "withdrawn"
    assert states[delivery].history[-1].kind == "recalled by officer"


def test_what_else_an_officer_does(house: Office) -> None:
    store, clock = house.built.core.vault.store, house.built.clock
    [one] = house.built.seal(RECIPIENT)
    page = f"/messages/{one.message_id}"
    store.write(lambda: store.deliveries.pause(one.id, clock() + 900))
    officer = house.signed_in(strong=True)
    done, nothing = f"{page}?s=done", f"{page}?s=nothing"
    assert officer.send(page, page, act="unblock", delivery=str(one.id), reason="Called us").header("Location") == done
    assert (
        officer.send(page, page, act="unblock", delivery=str(one.id), reason="Called us").header("Location") == nothing
    )
    assert (
        officer.send(page, page, act="resume", delivery=str(one.id), reason="Called us").header("Location") == nothing
    )
    clock.pass_(10 * 86_400)
    officer.use_passkey()
    assert officer.send(page, page, act="extend", reason="On holiday").header("Location") == done
    message = store.message(one.message_id)
    assert message and message.expires_at > clock() + 29 * 86_400
    by_officer = [event.kind for event in events(house, one.message_id) if event.actor == OFFICER]
    assert [kind for kind in by_officer if kind != "story read"] == ["unblocked", "extended"]
    for fields in ({"act": "shred"}, {"act": "recall", "delivery": "x"}, {"act": ""}):
        assert officer.send(page, page, reason="because", **fields).status == 400
    [other] = house.built.seal(OTHER)
    assert (
        officer.send(page, page, act="recall", delivery=str(other.id), reason="of another").header("Location")
        == nothing
    )


def test_an_administrator_sees_no_message_and_nobody(house: Office) -> None:
    store = house.built.core.vault.store
    [one] = house.built.seal(RECIPIENT)
    [item] = [each for each in store.outbox.list(["due"]) if each.kind == "notification"]
    store.write(lambda: store.outbox.stick(item.id, f"550 5.1.1 <{RECIPIENT}>: user unknown"))
    administrator = house.signed_in(ADMINISTRATOR, strong=True)
    for path in ("/messages", f"/messages/{one.message_id}"):
        assert administrator.get(path).status == 403
    page = administrator.get("/outbox").text
    assert "notification" in page and "user unknown" in page
    for told in (
        '<"jan de vries"@post.example>',
        '<"jan \\" de vries"@post.example>',
        "+31 6 12345678",
        "(06)-1234 5678",
    ):
        store.write(partial(store.outbox.stick, item.id, f"550 5.1.1 {told}: user unknown"))
        shown = html.unescape(administrator.get("/outbox").text)
        assert "user unknown" in shown and "5678" not in shown and "vries" not in shown, told
    assert "post.example" not in page and "jan" not in page
    assert 'href="/messages"' not in administrator.get("/").text
    assert administrator.send("/outbox", "/outbox", item=str(item.id)).header("Location") == "/outbox?s=again"
    again = store.outbox.item(item.id)
    assert again and again.state == "due"
    assert administrator.send("/outbox", "/outbox", item="1").header("Location") == "/outbox?s=gone"
    assert house.signed_in().get("/outbox").status == 403
