"""A false alarm that an officer has sent in clear: when it may, to whom it goes, and that it goes once or not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.cast import COLLEAGUE, SENDER
from tests.support.level2 import FakePostfix, Killed, killed
from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, SETTINGS, Browser, office
from tests.unit.console.release_house import BOTH, OFFICERS, REFUSED, USUAL, Choosy, House, offered, press
from zegel.delivery_error import DeliveryError
from zegel.intake import Intake
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.officers.clear_release import ClearReleases
from zegel.officers.rules import OfficerRules
from zegel.officers.sign_in import SignIn
from zegel.person_data import PersonData
from zegel.policy.language.load import load_rules
from zegel.unlock.feedback import Feedback
from zegel_courier.upkeep import upkeep


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[House]:
    more = "sms: {gateway: folder, folder: sms}\nphones: {country: NL, allowed: [NL]}\n"
    with office(tmp_path_factory.mktemp("office"), SETTINGS + more) as made:
        yield House(made, reader)


@pytest.fixture
def house(whole: House) -> House:
    whole.rules(USUAL)
    whole.postfix = FakePostfix()
    return whole


@pytest.fixture(scope="module")
def passkey(whole: House) -> Browser:
    """The officer's browser, which made a passkey."""
    return whole.office.signed_in(strong=True)


@pytest.fixture
def officer(passkey: Browser, house: House) -> Browser:
    """The same, with a session and a passkey that spoke just now."""
    if passkey.get("/confirm").status != 200:
        assert passkey.use_passkey().status == 303
    assert passkey.use_passkey("/confirm").status == 303
    return passkey


def test_the_original_goes_to_the_recipient_once_and_its_sender_is_told(house: House, officer: Browser) -> None:
    one, two = house.seal("klant 123456", "eva@a.example", "jan@a.example")
    house.run()
    house.postfix.mails.clear()
    assert offered(officer, one)
    assert press(officer, one) == "done"
    assert [house.state(each) for each in (one, two)] == ["clearing", "notified"]
    assert press(officer, one) == "nothing", "by the next officer, or the same form once more"
    house.run()
    house.run()
    [mail] = house.in_clear(one)
    header, _, rest = mail.partition(b"\r\n")
    assert header.startswith(b"X-Zegel-Mark: ") and rest == house.originals[one.message_id]
    assert [sender for sender, to, _ in house.postfix.mails if to == one.recipient] == [SENDER]
    assert house.state(one) == "cleared" and house.in_clear(two) == []
    [told] = house.to(SENDER)
    assert b"eva@a.example" in told and b"jan@a.example" not in told
    [released] = [event for event in house.store.audit_log.events(one.message_id) if event.kind == "released in clear"]
    assert (released.actor, released.delivery, released.details["reason"]) == (OFFICER, one.id, "Made-up number")
    assert house.kinds(one).count("sent in clear") == 1
    page = officer.get(f"/messages/{one.message_id}").text
    assert "Sent as an ordinary e-mail" in page and "klant" not in page.replace("#rule-klant", "").replace(
        ">klant<", ""
    )
    message = house.store.message(one.message_id)
    assert message
    [seen, _] = house.core.sender.overview(message, "en").recipients
    assert (seen.state, seen.actions) == ("clear", frozenset())
    assert [moment.kind for moment in seen.history] == ["notified", "cleared", "sent clear"]
    assert house.core.sender.recall(message, one.id) == 0


def test_of_two_who_press_at_once_one_releases_it(house: House, officer: Browser) -> None:
    [one] = house.seal("klant 123456")
    page, start = f"/messages/{one.message_id}", threading.Barrier(2)
    fields = {"csrf": officer.form(page), "act": "release", "delivery": str(one.id), "reason": "Made-up number"}

    def go(_: int) -> str:
        start.wait(60)
        browser = Browser(house.office.app, cookies=dict(officer.cookies))
        return browser.post(page, fields).header("Location").rpartition("=")[2]

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == ["done", "nothing"]
    house.run()
    assert len(house.in_clear(one)) == 1 and house.kinds(one).count("released in clear") == 1


def test_what_comes_by_again_passes_to_that_recipient_alone(house: House, officer: Browser) -> None:
    [one] = house.seal("klant 123456")
    assert press(officer, one) == "done"
    house.run()
    [mail] = house.in_clear(one)
    intake = Intake(house.core, house.reader, lambda: load_rules(house.core.settings.rules))
    assert intake.receive(Envelope("A", SENDER, (one.recipient,)), mail).kind == "pass"
    for others, changed in (
        (("piet@other.example",), mail),
        ((one.recipient, "piet@other.example"), mail),
        ((one.recipient,), mail.replace(b"klant 123456", b"klant 654321")),
        ((one.recipient,), b"X-Zegel-Mark: " + b"A" * 43 + b"\r\n" + house.originals[one.message_id]),
    ):
        assert intake.receive(Envelope("A", SENDER, others), changed).protected == others


@pytest.mark.parametrize(
    ("text", "recipient"),
    [
        ("dossier 123456", ""),
        ("klant 123456, dossier 123456", ""),
        ("klant 123456 [veilig]", ""),
        ("niets", "eva@always.example"),
        ("klant 123456", "eva@strict.example"),
    ],
    ids=["rule without", "one of two", "asked by the sender", "always protected", "raised to level 2"],
)
def test_it_is_not_offered_where_anything_speaks_against_it(
    house: House, officer: Browser, text: str, recipient: str
) -> None:
    [one] = house.seal(text, *([recipient] if recipient else []))
    before = house.state(one)
    assert not offered(officer, one)
    assert [press(officer, one), press(officer, one, all_=True)] == ["nothing"] * 2
    house.run()
    assert house.state(one) == before and house.in_clear(one) == []
    assert "released in clear" not in house.kinds(one)


def test_a_code_is_spared_only_where_a_rule_says_so(house: House, officer: Browser) -> None:
    """It waits for a number, and nobody is asked for it any more."""
    held, _ = house.seal("zaak 123456 van klant 123456", "eva@b.example", COLLEAGUE, "jan@b.example")
    assert not offered(officer, held), "the customer's number is for level 1 only"
    held, also = house.seal("zaak 123456", "eva@b.example", COLLEAGUE, "jan@b.example")
    assert (held.level, held.state) == (2, "held")
    assert press(officer, held, all_=True) == "done"
    house.run()
    assert [len(house.in_clear(each)) for each in (held, also)] == [1, 1]
    house.clock.pass_(6 * 86_400)
    upkeep(house.core)
    house.run()
    assert {house.state(held), house.state(also)} == {"cleared"} and "hold ended" not in house.kinds(held)


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (USUAL | {"klant": (1, "")}, USUAL, "nothing"),
        (USUAL, USUAL | {"klant": (1, "")}, "nothing"),
        (USUAL, {"dossier": (1, ""), "zaak": (2, BOTH)}, "done"),
        ({"klant": (1, OFFICERS)}, USUAL, "rules"),
        ({"klant": (1, OFFICERS)}, {"klant": (1, OFFICERS), "zaak": (2, BOTH), "dossier": (0, "")}, "rules"),
        ({"klant": (1, OFFICERS)}, {"klant": (2, BOTH), "dossier": (0, "")}, "done"),
        (
            {"klant": (1, OFFICERS)},
            {"klant": (1, OFFICERS), "dossier": (1, REFUSED)},
            "rules",
        ),
    ],
    ids=["allowed since", "forbidden since", "rule gone", "rule new", "higher since", "more allowed", "refused since"],
)
def test_the_stricter_counts_of_the_rules_of_then_and_of_now(
    house: House, officer: Browser, then: dict[str, tuple[int, str]], now: dict[str, tuple[int, str]], expected: str
) -> None:
    house.rules(then)
    [one] = house.seal("klant 123456, dossier 123456, zaak 123456" if "dossier" not in then else "klant 123456")
    house.rules(now)
    assert press(officer, one) == expected
    assert house.state(one) == ("clearing" if expected == "done" else "notified")


def test_broken_rules_release_nothing(house: House, officer: Browser) -> None:
    [one] = house.seal("klant 123456")
    releases = ClearReleases(house.core, house.office.app.config["zegel.rules"])
    message = house.store.message(one.message_id)
    assert message and releases.limit(message) == 1
    house.core.settings.rules.write_text("version: 1\nrules: [{id: klant")
    sign_in = SignIn(house.core.settings, house.core.vault, house.clock)
    fresh = ClearReleases(house.core, OfficerRules(house.core, sign_in))
    assert fresh.limit(message) == 0, "a console that has never seen good rules"


def test_nobody_else_may_and_nothing_is_done_by_mistake(house: House, officer: Browser) -> None:
    [one] = house.seal("klant 123456")
    page = f"/messages/{one.message_id}"
    fields = {"act": "release", "delivery": str(one.id), "reason": "Made-up number", "back": page}
    administrator = house.office.signed_in(ADMINISTRATOR, strong=True)
    token = administrator.form("/passkeys")
    assert administrator.post(page, {"csrf": token, **fields}).status == 403
    weak = house.office.signed_in()
    assert weak.post(page, {"csrf": weak.form(page), **fields}).status == 403
    for forged in ({}, {"csrf": token}, {"csrf": weak.form(page)}):
        assert officer.post(page, {**forged, **fields}).status == 403
    assert officer.get(f"{page}?act=release&delivery={one.id}&reason=because").status == 200
    assert press(officer, one, reason="  a ") == "422"
    [other] = house.seal("klant 123456")
    mixed = officer.send(page, page, **fields | {"delivery": str(other.id)})
    assert mixed.header("Location") == f"{page}?s=nothing"
    assert [house.state(each) for each in (one, other)] == ["notified", "notified"]


def test_not_to_whom_it_is_not_for_and_not_what_the_sender_raised(house: House, officer: Browser) -> None:
    stopped, raised = house.seal("zaak 123456", "eva@c.example", "jan@c.example")
    Feedback(house.core.vault, house.core.access, house.clock).not_mine(stopped, "person")
    [low] = house.seal("klant 123456")
    message = house.store.message(low.message_id)
    assert message and house.core.sender.raise_level(message, low.id)
    assert press(officer, stopped) == "nothing"
    assert press(officer, low) == "nothing"
    assert press(officer, stopped, all_=True) == "done"
    assert [house.state(each) for each in (stopped, raised)] == ["held", "clearing"]


def test_after_a_recall_an_end_or_an_erasure_nothing_leaves(house: House, officer: Browser) -> None:
    [recalled] = house.seal("klant 123456")
    message = house.store.message(recalled.message_id)
    assert message and house.core.sender.recall(message, None) == 1
    assert press(officer, recalled) == "nothing"
    [late, erased] = house.seal("klant 123456")[0], house.seal("klant 123456")[0]
    assert [press(officer, each) for each in (late, erased)] == ["done"] * 2
    message = house.store.message(late.message_id)
    assert message and house.core.sender.recall(message, None) == 1, "it has not left yet"
    house.store.write(lambda: house.store.deliveries.leaves(erased.id, erased.recipient, house.clock()))
    assert PersonData(house.core).erase(erased.recipient).removed["recipient_of"] == 1
    [old] = house.seal("klant 123456")
    assert press(officer, old) == "done"
    house.clock.pass_(31 * 86_400)
    house.run()
    for one in (recalled, late, erased, old):
        assert house.in_clear(one) == []
    assert not any(b"erased" in to.encode() for _, to, _ in house.postfix.mails)


def test_a_courier_that_is_killed_sends_it_again_and_says_so_once(house: House, officer: Browser) -> None:
    [before, after] = house.seal("klant 123456")[0], house.seal("klant 123456")[0]
    house.run()
    house.postfix.mails.clear()
    assert [press(officer, each) for each in (before, after)] == ["done"] * 2
    house.postfix.after = killed
    for _ in range(2):
        with pytest.raises(Killed):
            house.run()
        house.restart()
    house.postfix.after = lambda _: None
    house.run()
    for one in (before, after):
        mails = house.in_clear(one)
        assert 1 <= len(mails) <= 3 and len(set(mails)) == 1, "the same to the letter, so mail programs show it once"
        assert house.state(one) == "cleared" and house.kinds(one).count("sent in clear") == 1


def test_what_surely_did_not_leave_can_be_taken_back_and_what_may_have_cannot(house: House, officer: Browser) -> None:
    [one] = house.seal("klant 123456")
    house.run()
    message = house.store.message(one.message_id)
    assert message and press(officer, one) == "done"
    house.postfix.refusal = DeliveryError(permanent=False, status="4.4.1", answer="timeout", unsure=True)
    house.run()
    assert house.state(one) == "cleared" and house.core.sender.recall(message, one.id) == 0
    house.clock.pass_(3600)
    house.postfix.refusal = DeliveryError(permanent=False, status="4.3.0", answer="queue full")
    house.run()
    assert house.state(one) == "clearing" and house.core.sender.recall(message, one.id) == 1
    house.postfix.refusal = None
    house.clock.pass_(3600)
    house.run()
    assert house.in_clear(one) == [] and house.state(one) == "recalled"


def test_a_refusal_for_good_is_told_to_the_sender(house: House, officer: Browser) -> None:
    [one] = house.seal("klant 123456")
    house.run()
    house.postfix.mails.clear()
    assert press(officer, one) == "done"
    house.postfix = Choosy(refused=one.recipient)
    house.run()
    failures = [mail for mail in house.to(SENDER) if b"multipart/report" in mail]
    assert len(failures) == 1 and one.recipient.encode() in failures[0]
    message = house.store.message(one.message_id)
    assert message and house.core.sender.overview(message, "en").recipients[0].state == "undeliverable"
